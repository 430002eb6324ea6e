namespace Sallyport.Gateway.Web.Asset;

/// <summary>
/// What the asset set in this session. A cookie's value reaches the asset from here, not from the browser: so an asset's
/// session token need never leave the gateway, and a page of another session that sets cookies for the whole web
/// domain (the browser lets it) reaches no asset with them.
/// </summary>
internal sealed class CookieJar(TimeProvider time)
{
    private const int MaxCookies = 200;

    private readonly Lock _lock = new();
    private readonly List<AssetCookie> _cookies = [];

    /// <summary>Keeps one Set-Cookie header of an answer to <paramref name="requestPath"/>.</summary>
    /// <returns>The cookie, for the browser to be told; null when it is nothing.</returns>
    public AssetCookie? Store(string header, string requestPath)
    {
        var now = time.GetUtcNow();
        if (AssetCookie.Parse(header, requestPath, now) is not { } cookie)
        {
            return null;
        }

        lock (_lock)
        {
            _cookies.RemoveAll(c => (c.Name == cookie.Name && c.Path == cookie.Path) || c.Expires <= now);
            if (cookie.Expires is null || cookie.Expires > now)
            {
                _cookies.Add(cookie);
            }

            if (_cookies.Count > MaxCookies)
            {
                _cookies.RemoveAt(0);
            }
        }

        return cookie;
    }

    /// <summary>Those for a path, in the order of RFC 6265, section 5.4: longer paths first, then older ones.</summary>
    public IReadOnlyList<AssetCookie> For(string path)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            return _cookies.Count == 0 ? [] : [.. _cookies.Where(c => c.Matches(path) && (c.Expires is null || c.Expires > now)).OrderByDescending(c => c.Path.Length)];
        }
    }

    public IReadOnlyList<AssetCookie> All()
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            return [.. _cookies.Where(c => c.Expires is null || c.Expires > now)];
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _cookies.Clear();
        }
    }
}
