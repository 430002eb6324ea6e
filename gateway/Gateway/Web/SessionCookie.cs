using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Sallyport.Gateway.Web;

/// <summary>
/// What lets a browser use one origin of one session, and no other: host-only, hidden from scripts, and gone with the browser.
/// </summary>
internal sealed class SessionCookie
{
    private const string HttpsName = "__Host-sallyport";
    private const string HttpName = "sallyport";

    private const string KeyHeader = "Sallyport-Key";

    private readonly string _secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>The same right for the scripts of the gateway's own page, in a header: pages of other sessions can push cookies out of the browser.</summary>
    public string Key { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>An asset can neither get nor set these.</summary>
    public static bool IsOurs(string name) => name.Equals(HttpsName, StringComparison.OrdinalIgnoreCase) || name.Equals(HttpName, StringComparison.OrdinalIgnoreCase);

    public void GiveTo(HttpResponse response, bool https, SameSiteMode sameSite) =>
        response.Cookies.Append(https ? HttpsName : HttpName, _secret, new CookieOptions { HttpOnly = true, Secure = https, SameSite = sameSite, Path = "/", IsEssential = true, Extensions = { "Priority=High" } });

    /// <summary>Has the request the cookie, or the key?</summary>
    public bool IsIn(HttpRequest request, bool https) => HasCookie(request, https) || (request.Headers[KeyHeader] is [{ } key] && Is(key, Key));

    /// <summary>Among several of one name (another origin may have added one) the right one counts.</summary>
    private bool HasCookie(HttpRequest request, bool https)
    {
        var name = https ? HttpsName : HttpName;
        foreach (var header in request.Headers.Cookie)
        {
            foreach (var part in header.AsSpan().Split(';'))
            {
                var pair = header.AsSpan(part).Trim();
                if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name, StringComparison.Ordinal) && Is(pair[(name.Length + 1)..], _secret))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<char> value, string secret) => CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(value), MemoryMarshal.AsBytes(secret.AsSpan()));
}
