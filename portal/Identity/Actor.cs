namespace Sallyport.Portal.Identity;

/// <summary>Who is asking: given to every feature's service explicitly, so that nothing depends on ambient state.</summary>
/// <param name="Address">The IP address that the request came from, for the audit log.</param>
/// <param name="SignInId">The sign-in that they act by, and that what they begin ends with; null for the portal's own commands.</param>
public sealed record Actor(Guid UserId, string Name, Guid TenantId, IReadOnlySet<Role> Roles, string? Address, Guid? SignInId = null)
{
    public bool Is(Role role) => Roles.Contains(role);
}
