using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What the portal's cookie says, and whether it still holds: a disabled user's, or one from before a change of roles, does not.</summary>
internal static class PortalCookie
{
    public static ClaimsPrincipal Principal(User user) => new(new ClaimsIdentity(
        [
            new(PortalClaims.UserId, user.Id.ToString()),
            new(PortalClaims.TenantId, user.TenantId.ToString()),
            new(PortalClaims.SessionVersion, user.SessionVersion.ToString()),
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

/// <summary>Asks the database whether a principal still holds, at most every two seconds for each user.</summary>
internal sealed class UserCheck(PortalDbFactory factory, TimeProvider time)
{
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, (int? Version, long At)> _known = new();

    public async Task<bool> HoldsAsync(ClaimsPrincipal? principal, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(principal?.FindFirstValue(PortalClaims.UserId), out var id) || !int.TryParse(principal!.FindFirstValue(PortalClaims.SessionVersion), out var version))
        {
            return false;
        }

        if (!_known.TryGetValue(id, out var known) || time.GetElapsedTime(known.At) > CacheTime)
        {
            await using var db = factory.ForSystem();
            var user = await db.People.AsNoTracking().Where(u => u.Id == id).Select(u => new { u.SessionVersion, u.DisabledAt }).FirstOrDefaultAsync(cancellationToken);
            known = (user is { DisabledAt: null } ? user.SessionVersion : null, time.GetTimestamp());
            _known[id] = known;
        }

        return known.Version == version;
    }
}

/// <summary>Ends a Blazor circuit's sign-in too, within seconds.</summary>
internal sealed class CircuitRevalidation(ILoggerFactory logs, UserCheck check) : RevalidatingServerAuthenticationStateProvider(logs)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(5);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        check.HoldsAsync(authenticationState.User, cancellationToken);
}
