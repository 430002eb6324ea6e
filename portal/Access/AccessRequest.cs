using Sallyport.Portal.Data;

namespace Sallyport.Portal.Access;

public enum AccessRequestState
{
    Pending,
    Approved,
    Denied,

    /// <summary>By the user who asked.</summary>
    Withdrawn,

    /// <summary>Its window was over before anyone decided.</summary>
    Expired,
}

/// <summary>A user's wish for a service, with purpose and window.</summary>
public sealed class AccessRequest : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required Guid UserId { get; init; }

    public required Guid ServiceId { get; init; }

    public required string Purpose { get; init; }

    /// <summary>The work order or ticket number that the user gave, if any.</summary>
    public string? WorkOrder { get; init; }

    public required DateTimeOffset StartsAt { get; init; }

    public required DateTimeOffset EndsAt { get; init; }

    public AccessRequestState State { get; set; }

    public Guid? DecidedById { get; set; }

    public DateTimeOffset? DecidedAt { get; set; }

    public string? Comment { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>PostgreSQL's row version: two admins cannot both decide.</summary>
    public uint Version { get; init; }
}
