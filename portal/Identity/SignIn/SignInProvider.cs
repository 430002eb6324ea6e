using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>A provider that people sign in at, as the sign-in needs to know it.</summary>
/// <param name="Scheme">What the framework calls it.</param>
/// <param name="Authority">Its issuer identifier, without a slash at the end.</param>
/// <param name="ClientSecret">Null for a public client.</param>
/// <param name="CallbackPath">Where it sends browsers back to.</param>
public sealed record SignInProvider(string Scheme, string Authority, string ClientId, string? ClientSecret, string Scopes, string CallbackPath, ProviderRules Rules)
{
    public const string Default = "openid";

    /// <summary>The one of the configuration; without one, the embedded.</summary>
    public static SignInProvider Of(RelyingPartyOptions options, PortalOptions portal, KeyFolder keys)
    {
        var rules = new ProviderRules(options.TenantId, false, options.RoleClaim, options.Roles, null, new Dictionary<string, Guid>(StringComparer.Ordinal));
        return options.Authority is { } authority
            ? new(Default, authority.TrimEnd('/'), options.ClientId!, options.ClientSecret, options.Scopes, SignInRoutes.Callback, rules)
            : new(Default, portal.PublicUrl + ProviderRoutes.Base, ProviderClients.PortalId, ProviderClients.PortalSecret(keys), options.Scopes, SignInRoutes.Callback, rules with { Roles = new Dictionary<string, Role>(StringComparer.Ordinal) });
    }

    /// <exception cref="System.Security.Cryptography.CryptographicException">The secret was sealed for another authority or client, or with another key.</exception>
    public static SignInProvider Of(IdentityProvider row, CredentialSeal seal) => new(
        SchemeOf(row.Key),
        row.Authority,
        row.ClientId,
        row.Secret is null ? null : seal.Open(row.Secret, row.Id, row.Destination),
        row.Scopes,
        $"{SignInRoutes.Callback}/{row.Key}",
        new ProviderRules(row.TenantId, true, row.RoleClaim, row.Roles, row.TenantClaim, row.Tenants));

    public static string SchemeOf(string key) => $"{Default}-{key}";

    public bool IsOf(string issuer) => issuer.TrimEnd('/') == Authority;
}
