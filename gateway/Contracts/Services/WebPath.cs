namespace Sallyport.Contracts;

/// <summary>Paths of a web HMI, as its service's settings name them.</summary>
public static class WebPath
{
    private const int MaxLength = 500;

    /// <summary>It begins with one slash: after two, browsers read a host's name (RFC 3986, section 4.2).</summary>
    public static bool IsPath(string text) =>
        text.StartsWith('/') && !text.StartsWith("//", StringComparison.Ordinal) && text.Length <= MaxLength && !text.Any(char.IsControl);

    /// <summary>Is it the prefix, or below it?</summary>
    public static bool IsBelow(string path, string prefix) =>
        path.StartsWith(prefix, StringComparison.Ordinal) && (prefix.EndsWith('/') || path.Length == prefix.Length || path[prefix.Length] == '/');
}
