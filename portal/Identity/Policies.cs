using Microsoft.AspNetCore.Authorization;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Gateways;

namespace Sallyport.Portal.Identity;

/// <summary>
/// The names of the authorization policies. Every page and endpoint names one (or is anonymous on purpose);
/// what names none is refused to everybody.
/// </summary>
public static class Policies
{
    /// <summary>Anyone who is signed in.</summary>
    public const string SignedIn = nameof(SignedIn);
    public const string Technician = nameof(Role.Technician);
    public const string Admin = nameof(Role.Admin);
    public const string Compliance = nameof(Role.Compliance);
    public const string Operator = nameof(Role.Operator);

    /// <summary>Those who may look at what others did: admin or compliance.</summary>
    public const string Oversight = nameof(Oversight);

    /// <summary>Enrolled gateways, by their link token.</summary>
    public const string GatewayLink = nameof(GatewayLink);

    /// <summary>Enrolled hubs, by their link token.</summary>
    public const string HubLink = nameof(HubLink);

    public static AuthorizationBuilder AddPortalPolicies(this AuthorizationBuilder builder) => builder
        .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build())
        .AddPolicy(SignedIn, policy => policy.RequireAuthenticatedUser())
        .AddPolicy(Technician, policy => policy.RequireRole(Technician))
        .AddPolicy(Admin, policy => policy.RequireRole(Admin))
        .AddPolicy(Compliance, policy => policy.RequireRole(Compliance))
        .AddPolicy(Operator, policy => policy.RequireRole(Operator))
        .AddPolicy(Oversight, policy => policy.RequireRole(Admin, Compliance))
        .AddPolicy(GatewayLink, policy => policy.AddAuthenticationSchemes(LinkAuthentication.SchemeName).RequireClaim("component_kind", nameof(ComponentKind.Gateway)))
        .AddPolicy(HubLink, policy => policy.AddAuthenticationSchemes(LinkAuthentication.SchemeName).RequireClaim("component_kind", nameof(ComponentKind.Hub)));
}
