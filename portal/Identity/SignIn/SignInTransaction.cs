using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What must be remembered between leaving for the provider and coming back; kept in the browser, sealed, for ten minutes.</summary>
internal sealed record SignInTransaction(string State, string Nonce, string Verifier, string ReturnUrl)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <param name="https">Whether browsers reach the portal by https, which behind a proxy the request does not say.</param>
    public void Keep(HttpContext http, IDataProtectionProvider protection, bool https) => http.Response.Cookies.Append(
        CookieName(State, https),
        Protector(protection).Protect(JsonSerializer.Serialize(this), Lifetime),
        new CookieOptions { HttpOnly = true, Secure = https, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = Lifetime, IsEssential = true });

    /// <summary>The transaction that this state belongs to, once; null when this browser did not begin it.</summary>
    public static SignInTransaction? Take(HttpContext http, IDataProtectionProvider protection, bool https, string? state)
    {
        if (state is not { Length: > 0 and < 100 } || http.Request.Cookies[CookieName(state, https)] is not { } cookie)
        {
            return null;
        }

        http.Response.Cookies.Delete(CookieName(state, https), new CookieOptions { Secure = https, Path = "/" });
        try
        {
            var transaction = JsonSerializer.Deserialize<SignInTransaction>(Protector(protection).Unprotect(cookie));
            return transaction?.State == state ? transaction : null;
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }

    private static string CookieName(string state, bool https) => HostCookie.Name("sallyport-signing-in-" + string.Concat(state.Take(12).Where(char.IsAsciiLetterOrDigit)), https);

    private static ITimeLimitedDataProtector Protector(IDataProtectionProvider protection) => protection.CreateProtector("sign-in").ToTimeLimitedDataProtector();
}
