using System.Collections.Frozen;
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

    /// <summary>Those who may be asked for control of a screen: admins, and operators of the plant.</summary>
    public const string Control = nameof(Control);

    /// <summary>Enrolled gateways, by their link token.</summary>
    public const string GatewayLink = nameof(GatewayLink);

    /// <summary>Enrolled hubs, by their link token.</summary>
    public const string HubLink = nameof(HubLink);

    /// <summary>Which roles each of the policies for people lets in: one list for pages, endpoints and services.</summary>
    private static readonly FrozenDictionary<string, Role[]> Roles = new Dictionary<string, Role[]>(StringComparer.Ordinal)
    {
        [SignedIn] = [],
        [Technician] = [Role.Technician],
        [Admin] = [Role.Admin],
        [Compliance] = [Role.Compliance],
        [Operator] = [Role.Operator],
        [Oversight] = [Role.Admin, Role.Compliance],
        [Control] = [Role.Admin, Role.Operator],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether somebody with these roles may.</summary>
    public static bool Allow(string policy, IEnumerable<Role> roles) => Roles[policy] is var needed && (needed.Length == 0 || roles.Any(needed.Contains));

    public static AuthorizationBuilder AddPortalPolicies(this AuthorizationBuilder builder) => Roles
        .Aggregate(builder, (all, entry) => all.AddPolicy(entry.Key, policy => _ = entry.Value.Length == 0 ? policy.RequireAuthenticatedUser() : policy.RequireRole(entry.Value.Select(role => role.ToString()))))
        .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build())
        .AddPolicy(GatewayLink, policy => policy.AddAuthenticationSchemes(LinkAuthentication.SchemeName).RequireClaim("component_kind", nameof(ComponentKind.Gateway)))
        .AddPolicy(HubLink, policy => policy.AddAuthenticationSchemes(LinkAuthentication.SchemeName).RequireClaim("component_kind", nameof(ComponentKind.Hub)));
}
