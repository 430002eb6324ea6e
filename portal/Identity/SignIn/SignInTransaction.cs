using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What must be remembered between leaving for the provider and coming back; kept in the browser, sealed, for ten minutes.</summary>
internal sealed record SignInTransaction(string State, string Nonce, string Verifier, string ReturnUrl)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <param name="https">Whether browsers reach the portal by https, which behind a proxy the request does not say.</param>
    public void Keep(HttpContext http, IDataProtectionProvider protection, bool https) => http.Response.Cookies.Append(
        CookieName(State),
        Protector(protection).Protect(JsonSerializer.Serialize(this), Lifetime),
        new CookieOptions { HttpOnly = true, Secure = https, SameSite = SameSiteMode.Lax, Path = SignInRoutes.Callback, MaxAge = Lifetime, IsEssential = true });

    /// <summary>The transaction that this state belongs to, once; null when this browser did not begin it.</summary>
    public static SignInTransaction? Take(HttpContext http, IDataProtectionProvider protection, string? state)
    {
        if (state is not { Length: > 0 and < 100 } || http.Request.Cookies[CookieName(state)] is not { } cookie)
        {
            return null;
        }

        http.Response.Cookies.Delete(CookieName(state), new CookieOptions { Path = SignInRoutes.Callback });
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

    private static string CookieName(string state) => "sallyport-signing-in-" + string.Concat(state.Take(12).Where(char.IsAsciiLetterOrDigit));

    private static ITimeLimitedDataProtector Protector(IDataProtectionProvider protection) => protection.CreateProtector("sign-in").ToTimeLimitedDataProtector();
}
