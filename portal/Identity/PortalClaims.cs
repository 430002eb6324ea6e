using System.Security.Claims;

namespace Sallyport.Portal.Identity;

/// <summary>Claim names that the portal's own cookie carries.</summary>
public static class PortalClaims
{
    public const string UserId = "sub";
    public const string TenantId = "tenant";

    /// <summary>The id of the sign-in that the cookie points to.</summary>
    public const string SignInId = "sid";

    /// <summary>Whose sign-in a principal stands for; null for who is not signed in, and for components.</summary>
    public static (Guid UserId, Guid SignInId)? SignInOf(ClaimsPrincipal? principal) =>
        Guid.TryParse(principal?.FindFirstValue(UserId), out var userId) && Guid.TryParse(principal!.FindFirstValue(SignInId), out var signInId) ? (userId, signInId) : null;

    /// <summary>The actor who sent the request, with their address.</summary>
    public static Actor ToActor(this HttpContext http) => http.User.ToActor(http.Connection.RemoteIpAddress?.ToString());

    /// <summary>The actor that a signed-in principal stands for.</summary>
    public static Actor ToActor(this ClaimsPrincipal principal, string? address) => new(
        Guid.Parse(principal.FindFirstValue(UserId) ?? throw new InvalidOperationException("The principal is not signed in.")),
        principal.Identity?.Name ?? "",
        Guid.Parse(principal.FindFirstValue(TenantId) ?? throw new InvalidOperationException("The principal has no tenant.")),
        principal.FindAll(ClaimTypes.Role).Select(claim => Enum.Parse<Role>(claim.Value)).ToHashSet(),
        address,
        Guid.Parse(principal.FindFirstValue(SignInId) ?? throw new InvalidOperationException("The principal has no sign-in.")));
}
