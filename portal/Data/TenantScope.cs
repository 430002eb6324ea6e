namespace Sallyport.Portal.Data;

/// <summary>Whose rows a <see cref="PortalDb"/> sees: one tenant's, or, for the portal's own work, everyone's.</summary>
public sealed record TenantScope
{
    /// <summary>For what the portal does by itself: the control link, timers, sign-in. Never for a user's request.</summary>
    public static readonly TenantScope System = new() { IsSystem = true };

    private TenantScope()
    {
    }

    public Guid TenantId { get; private init; }

    public bool IsSystem { get; private init; }

    public static TenantScope Of(Guid tenantId) =>
        tenantId == Guid.Empty ? throw new ArgumentException("A tenant is needed.", nameof(tenantId)) : new() { TenantId = tenantId };
}
