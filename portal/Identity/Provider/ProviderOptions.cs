namespace Sallyport.Portal.Identity.Provider;

/// <summary>Further clients of the embedded provider: section <c>OpenIdProvider</c>. The portal itself is always one.</summary>
public sealed record ProviderOptions
{
    public const string Section = "OpenIdProvider";

    public IReadOnlyList<ProviderClient> Clients { get; init; } = [];
}

/// <param name="Secret">Null for a public client, which has only PKCE to prove itself with.</param>
/// <param name="RedirectUris">Compared exactly, as strings (RFC 9700, section 2.1).</param>
public sealed record ProviderClient(string Id, string? Secret, string[] RedirectUris, string[] PostLogoutRedirectUris);
