using Sallyport.Portal.Data;

namespace Sallyport.Portal.Sessions;

/// <summary>One person's look at a running session of another.</summary>
public sealed class Watch : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required Guid SessionId { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>The sign-in that it was begun by and ends with.</summary>
    public Guid? SignInId { get; init; }

    /// <summary>Redeemed once, ever.</summary>
    public required string TicketId { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public DateTimeOffset? RedeemedAt { get; set; }

    /// <summary>The watcher lost the right to it.</summary>
    public DateTimeOffset? EndedAt { get; set; }
}
