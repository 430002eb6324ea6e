using System.ComponentModel.DataAnnotations;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Which OpenID provider the portal signs in at: section <c>SignIn</c>. Without an authority, the embedded one.</summary>
public sealed record RelyingPartyOptions
{
    public const string Section = "SignIn";

    /// <summary>The provider's issuer identifier.</summary>
    [Url]
    public string? Authority { get; init; }

    public string? ClientId { get; init; }

    /// <summary>Null for a public client.</summary>
    public string? ClientSecret { get; init; }

    public string Scopes { get; init; } = "openid profile";

    /// <summary>The tenant that unknown users of this provider are added to; null refuses them.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>The claim whose values <see cref="Roles"/> maps to roles.</summary>
    public string RoleClaim { get; init; } = "roles";

    /// <summary>Claim value → role.</summary>
    public IReadOnlyDictionary<string, Role> Roles { get; init; } = new Dictionary<string, Role>(StringComparer.Ordinal);
}

internal static class SignInRoutes
{
    public const string Start = "/sign-in";
    public const string Callback = "/signed-in";
    public const string Out = "/sign-out";
    public const string Refused = "/sign-in-refused";
    public const string CookieScheme = "portal";
}
