using System.Net;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Plants;

/// <summary>One site behind one edge peer.</summary>
public sealed class Plant : ITenantOwned
{
    /// <summary>A plant whose last handshake is older is offline: WireGuard renews it every 2 minutes while packets flow.</summary>
    public static readonly TimeSpan OnlineFor = TimeSpan.FromSeconds(180);

    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required string Name { get; set; }

    /// <summary>The plant's own network; most plants use the same few, so it says nothing by itself.</summary>
    public required IPNetwork LanPrefix { get; init; }

    /// <summary>Stands for <see cref="LanPrefix"/> in the overlay: of equal size, and this plant's alone.</summary>
    public required IPNetwork VirtualPrefix { get; init; }

    /// <summary>The edge's own address in the overlay.</summary>
    public required IPAddress TunnelAddress { get; init; }

    public required Guid HubId { get; init; }

    /// <summary>The edge's WireGuard public key, base64; null until it has enrolled.</summary>
    public string? PublicKey { get; set; }

    public DateTimeOffset? EnrolledAt { get; set; }

    public DateTimeOffset? LastHandshakeAt { get; set; }

    /// <summary>Whether an operator of the plant must release each session; an asset may say otherwise.</summary>
    public bool ReleaseRequired { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was removed: from then on nobody finds or reaches it, and only what was done there still names it.</summary>
    public DateTimeOffset? ArchivedAt { get; set; }

    /// <summary>Raised when its form is saved and when it is removed, so that the later of two admins is told. Release, operators and edge are set outside of the form and leave it.</summary>
    public int Version { get; set; }

    public bool IsOnline(DateTimeOffset now) => LastHandshakeAt is { } at && now - at < OnlineFor;
}

/// <summary>A user who may release and stop sessions in a plant.</summary>
public sealed class PlantOperator : ITenantOwned
{
    public required Guid TenantId { get; init; }

    public required Guid PlantId { get; init; }

    public required Guid UserId { get; init; }
}
