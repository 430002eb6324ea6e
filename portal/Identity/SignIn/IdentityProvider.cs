using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>A company's own OpenID provider, which an admin of the installation has added while the portal runs.</summary>
public sealed class IdentityProvider : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Its name in addresses: lower-case letters, digits and hyphens. Never changed: the provider knows the return address.</summary>
    public required string Key { get; init; }

    public required string Title { get; set; }

    /// <summary>Its issuer identifier, without a slash at the end.</summary>
    public required string Authority { get; set; }

    public required string ClientId { get; set; }

    /// <summary>Sealed for this provider, authority and client; null for a public client.</summary>
    public byte[]? Secret { get; set; }

    public required string Scopes { get; set; }

    /// <summary>Whose people sign in here, unless <see cref="TenantClaim"/> says otherwise.</summary>
    public required Guid TenantId { get; set; }

    public required string RoleClaim { get; set; }

    /// <summary>Value of <see cref="RoleClaim"/> → role.</summary>
    public required IReadOnlyDictionary<string, Role> Roles { get; set; }

    /// <summary>For a provider of several companies: the claim that says whose somebody is. Null: all are <see cref="TenantId"/>'s.</summary>
    public string? TenantClaim { get; set; }

    /// <summary>Value of <see cref="TenantClaim"/> → company.</summary>
    public required IReadOnlyDictionary<string, Guid> Tenants { get; set; }

    /// <summary>Of e-mail addresses, in lower case: whose owners are led here.</summary>
    public string[] Domains { get; set; } = [];

    public required DateTimeOffset ChangedAt { get; set; }

    internal string Destination => $"{Authority} {ClientId}";
}
