using System.Security.Claims;

namespace Sallyport.Portal.Identity;

/// <summary>Claim names that the portal's own cookie carries.</summary>
public static class PortalClaims
{
    public const string UserId = "sub";
    public const string TenantId = "tenant";
    public const string SessionVersion = "session_version";

    /// <summary>Unix seconds since when the user is signed in.</summary>
    public const string Since = "signed_in_since";

    /// <summary>The actor who sent the request, with their address.</summary>
    public static Actor ToActor(this HttpContext http) => http.User.ToActor(http.Connection.RemoteIpAddress?.ToString());

    /// <summary>The actor that a signed-in principal stands for.</summary>
    public static Actor ToActor(this ClaimsPrincipal principal, string? address) => new(
        Guid.Parse(principal.FindFirstValue(UserId) ?? throw new InvalidOperationException("The principal is not signed in.")),
        principal.Identity?.Name ?? "",
        Guid.Parse(principal.FindFirstValue(TenantId) ?? throw new InvalidOperationException("The principal has no tenant.")),
        principal.FindAll(ClaimTypes.Role).Select(claim => Enum.Parse<Role>(claim.Value)).ToHashSet(),
        address);
}
