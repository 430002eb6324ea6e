namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What a provider's word is worth here.</summary>
/// <param name="TenantId">Whose users newcomers become; null: nobody new is taken in.</param>
/// <param name="IsForItsCompaniesOnly">Whether people of other companies are refused, known or not.</param>
/// <param name="TenantClaim">Says whose somebody is, by <paramref name="Tenants"/>; null: <paramref name="TenantId"/>'s.</param>
public sealed record ProviderRules(Guid? TenantId, bool IsForItsCompaniesOnly, string RoleClaim, IReadOnlyDictionary<string, Role> Roles, string? TenantClaim, IReadOnlyDictionary<string, Guid> Tenants)
{
    /// <summary>Whether there is anybody whom it takes in.</summary>
    public bool TakesIn => TenantId is not null;

    /// <summary>Whether it says who may do what, at each sign-in.</summary>
    public bool GivesRoles => Roles.Count > 0;

    internal Role[] RolesOf(AuthenticatedIdentity identity) => [.. identity.Values(RoleClaim).Where(Roles.ContainsKey).Select(value => Roles[value]).Distinct().Order()];

    /// <summary>Whose they are: null when nothing says so, or two values say different things.</summary>
    internal Guid? TenantOf(AuthenticatedIdentity identity) => TenantClaim is null
        ? TenantId
        : identity.Values(TenantClaim).Where(Tenants.ContainsKey).Select(value => Tenants[value]).Distinct().ToArray() is [var one] ? one : null;

    /// <summary>Whether a user of that company may sign in by it.</summary>
    internal bool IsFor(Guid tenantId, AuthenticatedIdentity identity) => !IsForItsCompaniesOnly || TenantOf(identity) == tenantId;
}
