using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>What the provider's own cookie says: which account proved itself with its password, and when.</summary>
internal sealed record ProviderCookie(Guid AccountId, Guid SignInId, DateTimeOffset AuthenticatedAt, string Stamp)
{
    private const string AuthTime = "auth_time";
    private const string SignIn = "sid";
    private const string SecurityStamp = "stamp";

    public ClaimsPrincipal ToPrincipal() => new(new ClaimsIdentity(
        [
            new(ClaimTypes.NameIdentifier, AccountId.ToString()),
            new(SignIn, SignInId.ToString()),
            new(AuthTime, AuthenticatedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            new(SecurityStamp, Stamp),
        ],
        ProviderRoutes.CookieScheme));

    /// <summary>Null when nobody is signed in at the provider, or with a cookie of another form.</summary>
    public static ProviderCookie? Of(ClaimsPrincipal? principal) =>
        Guid.TryParse(principal?.FindFirstValue(ClaimTypes.NameIdentifier), out var id)
        && Guid.TryParse(principal!.FindFirstValue(SignIn), out var signInId)
        && long.TryParse(principal!.FindFirstValue(AuthTime), CultureInfo.InvariantCulture, out var seconds)
        && principal!.FindFirstValue(SecurityStamp) is { } stamp
            ? new ProviderCookie(id, signInId, DateTimeOffset.FromUnixTimeSeconds(seconds), stamp)
            : null;

    /// <summary>It ends with its sign-in, with the account, with a change of the password (which changes the stamp), and when the password was typed too long ago.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        var limit = services.GetRequiredService<IOptions<RelyingPartyOptions>>().Value.SessionLimit;
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (Of(context.Principal) is not { } cookie
            || now - cookie.AuthenticatedAt > limit
            || await services.GetRequiredService<ProviderAccounts>().FindAsync(cookie.AccountId, context.HttpContext.RequestAborted) is not { } account
            || account.SecurityStamp != cookie.Stamp
            || !await services.GetRequiredService<ProviderSignIns>().HoldsAsync(cookie.SignInId, cookie.AccountId, context.HttpContext.RequestAborted))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(ProviderRoutes.CookieScheme);
        }
    }
}
