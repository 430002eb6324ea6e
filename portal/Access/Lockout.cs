using Sallyport.Portal.Data;

namespace Sallyport.Portal.Access;

/// <summary>
/// Keeps one person out of one asset after the plant stopped a session, whatever grants there are, until an admin
/// lifts it (CIP-005-7 R3.2: ending a session also blocks reconnecting).
/// </summary>
public sealed class Lockout : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required Guid UserId { get; init; }

    public required Guid AssetId { get; init; }

    public required Guid PlacedById { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset PlacedAt { get; init; }

    public DateTimeOffset? LiftedAt { get; set; }

    public Guid? LiftedById { get; set; }

    /// <summary>For the person whom it keeps out.</summary>
    public static string Message(string asset) => $"The plant has stopped you on {asset} and keeps you out until an admin lifts it.";
}
