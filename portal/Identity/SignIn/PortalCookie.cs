using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What the portal's cookie says, and whether it still holds: a disabled user's, or one from before a change of roles, does not.</summary>
internal static class PortalCookie
{
    /// <param name="since">When they proved who they are: from then on the session's limit counts.</param>
    public static ClaimsPrincipal Principal(User user, DateTimeOffset since) => new(new ClaimsIdentity(
        [
            new(PortalClaims.UserId, user.Id.ToString()),
            new(PortalClaims.TenantId, user.TenantId.ToString()),
            new(PortalClaims.SessionVersion, user.SessionVersion.ToString()),
            new(PortalClaims.Since, since.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            new(ClaimTypes.Name, user.Name),
            .. user.Roles.Select(role => new Claim(ClaimTypes.Role, role.ToString())),
        ],
        SignInRoutes.CookieScheme));

    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var check = context.HttpContext.RequestServices.GetRequiredService<UserCheck>();
        if (!await check.HoldsAsync(context.Principal, context.HttpContext.RequestAborted))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(SignInRoutes.CookieScheme);
        }
    }
}
