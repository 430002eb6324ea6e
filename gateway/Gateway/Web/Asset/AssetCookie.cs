using System.Globalization;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>A cookie that the asset set, as RFC 6265, section 5 understands it. Its domain is always the asset; Secure and SameSite say nothing here.</summary>
/// <param name="Expires">Null: with the session.</param>
/// <param name="HttpOnly">Hidden from the page's scripts: such a cookie stays in the gateway.</param>
internal sealed record AssetCookie(string Name, string Value, string Path, DateTimeOffset? Expires, bool HttpOnly)
{
    private const int MaxLength = 8 * 1024;

    /// <summary>Section 5.2; what holds a control character is ignored whole, as in RFC 6265bis, section 5.6. Null for what is to be ignored.</summary>
    public static AssetCookie? Parse(string header, string requestPath, DateTimeOffset now)
    {
        var parts = header.Split(';');
        var equals = parts[0].IndexOf('=', StringComparison.Ordinal);
        var name = equals <= 0 ? "" : parts[0][..equals].Trim();
        var value = equals <= 0 ? "" : parts[0][(equals + 1)..].Trim();
        if (name.Length == 0 || header.Length > MaxLength || header.Any(c => c is (< ' ' and not '\t') or '\x7f'))
        {
            return null;
        }

        var cookie = new AssetCookie(name, value, DefaultPath(requestPath), null, false);
        var lifetimeGiven = false;
        foreach (var attribute in parts.Skip(1))
        {
            var split = attribute.IndexOf('=', StringComparison.Ordinal);
            var (key, text) = split < 0 ? (attribute.Trim(), "") : (attribute[..split].Trim(), attribute[(split + 1)..].Trim());
            switch (key.ToLowerInvariant())
            {
                case "path" when text.StartsWith('/'):
                    cookie = cookie with { Path = text };
                    break;
                case "max-age" when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds):
                    cookie = cookie with { Expires = seconds <= 0 ? DateTimeOffset.MinValue : now.AddSeconds(Math.Min(seconds, TimeSpan.FromDays(400).TotalSeconds)) };
                    lifetimeGiven = true;
                    break;
                case "expires" when !lifetimeGiven && DateTimeOffset.TryParse(text.Replace('-', ' '), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expires):
                    cookie = cookie with { Expires = expires };
                    break;
                case "httponly":
                    cookie = cookie with { HttpOnly = true };
                    break;
            }
        }

        return cookie;
    }

    /// <summary>Section 5.1.4.</summary>
    public bool Matches(string path) => path == Path
        || (path.StartsWith(Path, StringComparison.Ordinal) && (Path.EndsWith('/') || path[Path.Length] == '/'));

    private static string DefaultPath(string requestPath)
    {
        var slash = requestPath.LastIndexOf('/');
        return slash <= 0 ? "/" : requestPath[..slash];
    }
}
