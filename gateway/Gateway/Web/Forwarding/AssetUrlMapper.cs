using System.Text;
using Sallyport.Contracts;
using Sallyport.Gateway.Web.Asset;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>Translates between how the asset calls itself and what the browser must call it.</summary>
internal sealed class AssetUrlMapper
{
    private readonly WebTarget _target;
    private readonly string _origin;
    private readonly Uri _originUri;

    public AssetUrlMapper(WebTarget target, WebOrigins origins, Guid session)
    {
        (_target, _origin) = (target, origins.Hmi(session));
        _originUri = new Uri(_origin);
        Rules = new RewriteRules(Patterns(target, _origin, origins.HmiSocket(session), origins.HmiAuthority(session)), target.Names.Select(WebTarget.Bracketed).SelectMany(name => (string[])[name, Uri.EscapeDataString(name)]));
    }

    /// <summary>Every spelling of the asset's own origin that pages hold, and what takes its place.</summary>
    public RewriteRules Rules { get; }

    /// <summary>
    /// A URL that the asset sends the browser to, as a path of the session's origin, or whole where a path would mean another host. Resolved as browsers do, so that no spelling of
    /// another host gets through.
    /// </summary>
    /// <returns>Null when it leads elsewhere: to another host, port or scheme.</returns>
    public string? ToBrowser(string location, string requestPath)
    {
        var text = AsBrowsersRead(location.Trim());
        if (text.Any(char.IsControl) || !Uri.TryCreate(new Uri(_target.Origin + requestPath), text, out var uri))
        {
            return null;
        }

        var isHttp = uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps;
        if (!isHttp || !(_target.Owns(uri) || IsSession(uri)))
        {
            return null;
        }

        // A path that begins with two slashes would be read as a host's name.
        var path = uri.PathAndQuery + uri.Fragment;
        return path.StartsWith("//", StringComparison.Ordinal) ? _origin + path : path;
    }

    /// <summary>A URL of the session as the asset knows it; null for any other.</summary>
    public string? ToAsset(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && IsSession(uri) ? _target.Origin + uri.PathAndQuery : null;

    /// <summary>In a header that holds URLs among other things.</summary>
    public string InHeader(string value)
    {
        var rewriter = new BodyRewriter(Rules);
        return rewriter.Rewrite(value) + rewriter.Finish();
    }

    // URL Standard, section 4.4: backslashes are slashes up to the query, and what is no ASCII is percent-encoded, here byte by byte, since headers are read as Latin-1.
    private static string AsBrowsersRead(string location)
    {
        var query = location.IndexOfAny(['?', '#']);
        var text = query < 0 ? location.Replace('\\', '/') : location[..query].Replace('\\', '/') + location[query..];
        return Ascii.IsValid(text) ? text : string.Concat(Encoding.Latin1.GetBytes(text).Select(b => b < 0x80 ? ((char)b).ToString() : Uri.HexEscape((char)b)));
    }

    private bool IsSession(Uri uri) =>
        uri.Scheme == _originUri.Scheme && uri.Port == _originUri.Port && uri.Host.Equals(_originUri.Host, StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, string> Patterns(WebTarget target, string origin, string socket, string authority)
    {
        var patterns = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in target.Names.Select(WebTarget.Bracketed))
        {
            var port = target.EndPoint.Port;
            string[] authorities = target.HasDefaultPort ? [name, $"{name}:{port}"] : [$"{name}:{port}"];
            foreach (var own in authorities)
            {
                // http too where the asset is https, and the reverse at a port of its own: see WebTarget.Owns.
                var withoutTls = !target.Tls || !target.HasDefaultPort || own == name;
                if (target.Tls || !target.HasDefaultPort)
                {
                    Add($"https://{own}", origin);
                    Add($"wss://{own}", socket);
                }

                if (withoutTls)
                {
                    Add($"http://{own}", origin);
                    Add($"ws://{own}", socket);
                }

                Add($"//{own}", $"//{authority}");
            }
        }

        return patterns;

        // As in HTML, as in a JSON string, as in a query.
        void Add(string from, string to)
        {
            patterns[from] = to;
            patterns[from.Replace("/", "\\/", StringComparison.Ordinal)] = to.Replace("/", "\\/", StringComparison.Ordinal);
            patterns[Uri.EscapeDataString(from)] = Uri.EscapeDataString(to);
        }
    }
}
