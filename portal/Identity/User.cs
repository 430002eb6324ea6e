using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity;

/// <summary>
/// A person as the portal knows them: whoever an OpenID provider names by issuer and subject.
/// An e-mail address never identifies anyone. Passwords live with the provider (see <see cref="Provider"/>), not here.
/// </summary>
public sealed class User : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    public required string Name { get; set; }

    public string? Email { get; set; }

    public Role[] Roles { get; set; } = [];

    public DateTimeOffset? DisabledAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
}
