using Microsoft.AspNetCore.Components;

namespace Sallyport.Portal.Plants;

/// <summary>What an admin typed into a field.</summary>
internal static class InputParsing
{
    /// <summary>Null: nothing.</summary>
    public static string? Text(ChangeEventArgs e) => ((string?)e.Value)?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>One a line, or separated by commas.</summary>
    public static IReadOnlyList<string> List(ChangeEventArgs e) =>
        [.. ((string?)e.Value ?? "").Split(['\n', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
}
