using Sallyport.Portal.Data;

namespace Sallyport.Portal.Access;

/// <summary>Permission in force: user, service, window. It starts and ends by itself.</summary>
public sealed class Grant : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required Guid RequestId { get; init; }

    public required Guid UserId { get; init; }

    public required Guid ServiceId { get; init; }

    public required string Purpose { get; init; }

    public required Guid ApprovedById { get; init; }

    public required DateTimeOffset StartsAt { get; init; }

    public required DateTimeOffset EndsAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public Guid? RevokedById { get; set; }

    public string? RevokeReason { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether the audit log has been told that it ended.</summary>
    public bool EndAudited { get; set; }

    public bool InForce(DateTimeOffset now) => RevokedAt is null && StartsAt <= now && now < EndsAt;
}
