namespace Sallyport.Portal.Identity;

/// <summary>Who is asking: given to every feature's service explicitly, so that nothing depends on ambient state.</summary>
/// <param name="Address">The IP address that the request came from, for the audit log.</param>
public sealed record Actor(Guid UserId, string Name, Guid TenantId, IReadOnlySet<Role> Roles, string? Address)
{
    public bool Is(Role role) => Roles.Contains(role);
}
