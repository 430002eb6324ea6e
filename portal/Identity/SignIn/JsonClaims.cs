using System.Text.Json;

namespace Sallyport.Portal.Identity.SignIn;

internal static class JsonClaims
{
    /// <summary>A member's text; null when it is missing, is no text, or is text that is no Unicode.</summary>
    public static string? Text(this JsonElement element, string name)
    {
        try
        {
            return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A member that is a NumericDate (RFC 7519, section 2); null when it is none.</summary>
    public static DateTimeOffset? Seconds(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is > 0 and < 1e11
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
}
