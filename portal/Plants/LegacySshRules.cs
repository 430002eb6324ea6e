using Sallyport.Contracts;

namespace Sallyport.Portal.Plants;

/// <summary>What an admin may allow an old asset: named algorithms, with a reason, and not for ever.</summary>
internal static class LegacySshRules
{
    private const int MaxReason = 300;

    /// <summary>Long enough for the next planned stop of a plant; then somebody has to look again.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <param name="stored">What is in force or was; saving it again asks for nothing.</param>
    /// <returns>What is wrong, for the admin; null: nothing.</returns>
    public static string? Fault(LegacySsh? wanted, LegacySsh? stored, DateTimeOffset now) =>
        wanted is null || Same(wanted, stored) ? null
        : wanted.Algorithms.Count == 0 || wanted.Algorithms.Any(name => !LegacyAlgorithm.IsLegacy(name)) ? "Choose the legacy algorithms from the list."
        : wanted.Reason.Trim() is not { Length: > 0 and <= MaxReason } ? $"Say why legacy algorithms are needed, in at most {MaxReason} characters."
        : wanted.EndsAt <= now ? "Legacy algorithms are allowed until a time to come."
        : wanted.EndsAt > now + Longest ? $"Legacy algorithms are allowed for {Longest.TotalDays:0} days at most. Choose an earlier end."
        : null;

    public static bool Same(LegacySsh? one, LegacySsh? other) =>
        one is null ? other is null : other is not null && one.Reason.Trim() == other.Reason && one.EndsAt == other.EndsAt && one.Algorithms.ToHashSet().SetEquals(other.Algorithms);

    /// <summary>In the order of the list, each once.</summary>
    public static LegacySsh Tidy(LegacySsh legacy) =>
        legacy with { Algorithms = [.. LegacyAlgorithm.All.Select(algorithm => algorithm.Name).Where(legacy.Algorithms.Contains)], Reason = legacy.Reason.Trim(), EndsAt = legacy.EndsAt.ToUniversalTime() };

    /// <summary>What may be spoken no more.</summary>
    public static string[] Lost(LegacySsh? before, LegacySsh? after) => [.. (before?.Algorithms ?? []).Except(after?.Algorithms ?? [])];

    /// <summary>For the audit log.</summary>
    public static string Words(LegacySsh? legacy) => legacy is null ? "none" : $"{string.Join(", ", legacy.Algorithms)} until {legacy.EndsAt:yyyy-MM-dd HH:mm} UTC";
}
