using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Gateway.Web;

/// <summary>
/// What lets a browser use one origin of one session, and no other: host-only, hidden from scripts, and gone with the browser.
/// </summary>
internal sealed class SessionCookie
{
    private const string HttpsName = "__Host-sallyport";
    private const string HttpName = "sallyport";

    private readonly string _secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>An asset can neither get nor set these.</summary>
    public static bool IsOurs(string name) => name.Equals(HttpsName, StringComparison.OrdinalIgnoreCase) || name.Equals(HttpName, StringComparison.OrdinalIgnoreCase);

    public void GiveTo(HttpResponse response, bool https, SameSiteMode sameSite) =>
        response.Cookies.Append(https ? HttpsName : HttpName, _secret, new CookieOptions { HttpOnly = true, Secure = https, SameSite = sameSite, Path = "/", IsEssential = true });

    /// <summary>Among several of one name (another origin may have added one) the right one counts.</summary>
    public bool IsIn(HttpRequest request, bool https)
    {
        var prefix = (https ? HttpsName : HttpName) + "=";
        return request.Headers.Cookie
            .SelectMany(header => (header ?? "").Split(';', StringSplitOptions.TrimEntries))
            .Any(pair => pair.StartsWith(prefix, StringComparison.Ordinal) && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(pair[prefix.Length..]), Encoding.UTF8.GetBytes(_secret)));
    }
}
