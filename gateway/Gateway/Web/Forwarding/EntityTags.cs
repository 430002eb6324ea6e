using Microsoft.Extensions.Primitives;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>
/// A text that the gateway changes is another representation than the asset's, so its strong ETag is another too (RFC 9110, section 8.8.3): then no part
/// of the one can be put to a part of the other. Asked by it whether the text has changed, the asset gets its own back.
/// </summary>
internal static class EntityTags
{
    private const string Mark = "~shown\"";

    /// <summary>Weak ones say nothing of bytes, and stay; so does what is none.</summary>
    public static string Shown(string tag) => tag is ['"', _, .., '"'] ? tag[..^1] + Mark : tag;

    /// <param name="tags">If-None-Match or If-Match.</param>
    public static StringValues OfAsset(StringValues tags) =>
        new([.. tags.Select(tag => tag?.Replace(Mark, "\"", StringComparison.Ordinal))]);

    public static bool AreShown(StringValues tags) => tags.Any(tag => tag?.Contains(Mark, StringComparison.Ordinal) == true);
}
