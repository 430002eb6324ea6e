using System.Collections.Concurrent;
using Sallyport.Gateway.Web.Asset;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>Which cookies the asset gets, and which the browser is told of.</summary>
internal sealed class CookieExchange(CookieJar jar, WebPolicy policy, bool https)
{
    private const int MaxLeft = 60;

    private readonly bool _any = policy.PageCookies.Contains("*", StringComparer.Ordinal);
    private readonly HashSet<string> _page = new(policy.PageCookies, StringComparer.Ordinal);

    // What the browser may have of this session's origin. The path of a script's cookie is not known, only that it lies on the way to where it was seen.
    private readonly ConcurrentDictionary<(string Name, string Path), bool> _left = new();

    /// <summary>
    /// The Cookie header for the asset; null for none. Hidden cookies come from the jar. One that scripts may see comes from the jar too, as long as the
    /// browser still has it, so that a page can sign out by removing it.
    /// </summary>
    /// <param name="fromBrowser">All Cookie headers of the request; HTTP/2 has them in pieces (RFC 9113, section 8.2.3).</param>
    /// <param name="dropped">Names that the asset will not see; ours are not among them.</param>
    public string? ToAsset(IEnumerable<string?> fromBrowser, string path, ICollection<string> dropped)
    {
        var inJar = jar.For(path);
        if (inJar.Count == 0 && fromBrowser.All(header => header is null || IsOursAlone(header)))
        {
            return null;
        }

        var sent = fromBrowser
            .SelectMany(header => (header ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(pair => pair.Split('=', 2))
            .Where(pair => pair.Length == 2 && !SessionCookie.IsOurs(pair[0]))
            .ToLookup(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        foreach (var group in sent)
        {
            Remember(group.Key, path[..Math.Max(1, path.LastIndexOf('/'))]);
        }

        var pairs = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var cookie in inJar)
        {
            known.Add(cookie.Name);
            if (!IsShown(cookie))
            {
                pairs.Add($"{cookie.Name}={cookie.Value}");
            }
            else if (sent.Contains(cookie.Name))
            {
                // A script's new value counts only for names that are its own, and only when no other origin can have added a second.
                var values = sent[cookie.Name].ToList();
                pairs.Add($"{cookie.Name}={(IsPage(cookie.Name) && values.Count == 1 ? values[0] : cookie.Value)}");
            }
        }

        foreach (var group in sent.Where(group => !known.Contains(group.Key)))
        {
            if (IsPage(group.Key))
            {
                pairs.Add($"{group.Key}={group.First()}");
            }
            else
            {
                dropped.Add(group.Key);
            }
        }

        return pairs.Count == 0 ? null : string.Join("; ", pairs);
    }

    /// <summary>Keeps what the asset sets.</summary>
    /// <returns>The Set-Cookie header for the browser; null when it is not told.</returns>
    public string? ToBrowser(string header, string path)
    {
        if (jar.Store(header, path) is not { } cookie || !IsShown(cookie) || SessionCookie.IsOurs(cookie.Name))
        {
            return null;
        }

        return Header(cookie);
    }

    /// <summary>Set-Cookie headers for what the gateway has got by itself, when it signed in, and the page's scripts may see.</summary>
    public IEnumerable<string> Shown() => jar.All().Where(IsShown).Select(Header);

    /// <summary>
    /// Set-Cookie headers that take from the browser what it has of this session's origin. One by one: to name all cookies in Clear-Site-Data
    /// would reach the other sessions of the domain.
    /// </summary>
    /// <param name="fromBrowser">All Cookie headers of the last request.</param>
    /// <param name="host">The HMI's, which a script may have named in its cookies.</param>
    public IEnumerable<string> Gone(IEnumerable<string?> fromBrowser, string host) => fromBrowser
        .SelectMany(header => (header ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        .Select(pair => (Name: pair.Split('=', 2)[0], Path: "/"))
        .Where(cookie => !SessionCookie.IsOurs(cookie.Name))
        .Concat(_left.Keys.SelectMany(cookie => PathsTo(cookie.Path).Select(path => (cookie.Name, Path: path))))
        .Distinct()
        .Take(2 * MaxLeft)
        .SelectMany(cookie => (string[])["", $"; Domain={host}"], (cookie, domain) => $"{cookie.Name}=; Path={cookie.Path}; Max-Age=0{domain}{(https ? "; Secure" : "")}");

    // Both with and without a slash at their ends: to a browser these are two.
    private static IEnumerable<string> PathsTo(string path)
    {
        yield return "/";
        for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
            yield return path[..(slash + 1)];
        }

        yield return path;
    }

    private void Remember(string name, string path)
    {
        if (_left.Count < MaxLeft)
        {
            _left.TryAdd((name, path), true);
        }
    }

    // No Domain: of this origin alone. Lax, since the frame and the bar are of one site.
    private string Header(AssetCookie cookie)
    {
        Remember(cookie.Name, cookie.Path);
        var expires = cookie.Expires is { } at ? $"; Expires={(at < DateTimeOffset.UnixEpoch ? DateTimeOffset.UnixEpoch : at):R}" : "";
        return $"{cookie.Name}={cookie.Value}; Path={cookie.Path}{expires}{(https ? "; Secure" : "")}; SameSite=Lax";
    }

    // A browser takes these prefixes over HTTPS only (RFC 6265bis, section 4.1.3); then they stay here.
    private bool IsShown(AssetCookie cookie) =>
        !cookie.HttpOnly && (https || !(cookie.Name.StartsWith("__Host-", StringComparison.OrdinalIgnoreCase) || cookie.Name.StartsWith("__Secure-", StringComparison.OrdinalIgnoreCase)));

    private static bool IsOursAlone(string header) => !header.Contains(';', StringComparison.Ordinal) && header.IndexOf('=', StringComparison.Ordinal) is > 0 and var end && SessionCookie.IsOurs(header[..end].Trim());

    private bool IsPage(string name) => _any || _page.Contains(name);
}
