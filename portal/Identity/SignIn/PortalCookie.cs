using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What the portal's cookie says, and whether it still holds: that of a sign-in which has ended does not.</summary>
internal static class PortalCookie
{
    public static ClaimsPrincipal Principal(User user, PortalSignIn signIn) => new(new ClaimsIdentity(
        [
            new(PortalClaims.UserId, user.Id.ToString()),
            new(PortalClaims.TenantId, user.TenantId.ToString()),
            new(PortalClaims.SignInId, signIn.Id.ToString()),
            new(ClaimTypes.Name, user.Name),
            .. user.Roles.Select(role => new Claim(ClaimTypes.Role, role.ToString())),
        ],
        SignInRoutes.CookieScheme));

    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var check = context.HttpContext.RequestServices.GetRequiredService<SessionRevalidator>();
        if (await check.NowAsync(context.Principal, context.HttpContext.RequestAborted) is { } principal)
        {
            context.ReplacePrincipal(principal);
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(SignInRoutes.CookieScheme);
    }
}
