namespace Sallyport.Contracts.Links;

/// <summary>
/// The control link between portal and hub, always dialled by the hub: server-sent events from <see cref="Events"/>
/// (event name = one of <see cref="HubEvent"/>), answers as JSON posts.
/// </summary>
public static class HubRoutes
{
    public const string Events = "/link/hub/events";

    /// <summary><see cref="HubAck"/>: one for every command.</summary>
    public const string Acks = "/link/hub/acks";

    /// <summary><see cref="HubHealth"/>, every 5 s.</summary>
    public const string Health = "/link/hub/health";
}

public static class HubEvent
{
    /// <summary><see cref="HubState"/>, first on every connection: all that shall be; what is not in it shall not be.</summary>
    public const string State = "state";

    /// <summary><see cref="PeerConfig"/>: add, or change to this.</summary>
    public const string SetPeer = "set-peer";

    /// <summary><see cref="PeerRemoval"/></summary>
    public const string RemovePeer = "remove-peer";

    /// <summary><see cref="PathConfig"/>: open, or move its end.</summary>
    public const string OpenPath = "open-path";

    /// <summary><see cref="PathClosure"/>: delete the element, kill what is connected over it, read back.</summary>
    public const string ClosePath = "close-path";

    /// <summary><see cref="GatewayList"/>: a gateway was enrolled or removed.</summary>
    public const string SetGateways = "set-gateways";

    /// <summary>No data; sent every 15 s so that a dead link is noticed.</summary>
    public const string Ping = "ping";
}

/// <param name="Command">Acknowledged by this id.</param>
/// <param name="TunnelAddress">The hub's own address in the overlay, such as <c>100.127.0.1</c>.</param>
/// <param name="VirtualRange">Every plant's virtual prefix lies in it, such as <c>100.64.0.0/11</c>; routed into the tunnel.</param>
/// <param name="TunnelRange">Every edge's own address lies in it, such as <c>100.127.0.0/16</c>.</param>
/// <param name="Gateways">The only addresses that may ever be a path's source.</param>
public sealed record HubState(
    Guid Command,
    string TunnelAddress,
    string VirtualRange,
    string TunnelRange,
    IReadOnlyList<string> Gateways,
    IReadOnlyList<PeerConfig> Peers,
    IReadOnlyList<PathConfig> Paths);

/// <param name="Gateways">All of them: the only addresses that may ever be a path's source.</param>
public sealed record GatewayList(Guid Command, IReadOnlyList<string> Gateways);

/// <param name="PublicKey">WireGuard public key, base64.</param>
/// <param name="AllowedIps">CIDR prefixes; no two peers of a hub may overlap.</param>
public sealed record PeerConfig(Guid Command, Guid PlantId, string PublicKey, IReadOnlyList<string> AllowedIps);

public sealed record PeerRemoval(Guid Command, string PublicKey);

/// <summary>Lets TCP from one gateway to one asset's port through, and nothing else.</summary>
/// <param name="PathId">The session's id, or a host key scan's.</param>
/// <param name="Address">The asset's address in the overlay (the plant's virtual prefix).</param>
/// <param name="RemainingSeconds">The kernel ends it by itself after that, even if every process of ours is dead. A duration, so that clocks need not agree.</param>
public sealed record PathConfig(Guid Command, Guid PathId, string Gateway, string Address, int Port, int RemainingSeconds);

public sealed record PathClosure(Guid Command, Guid PathId);

/// <param name="Error">For a person; null when it was done and read back.</param>
public sealed record HubAck(Guid Command, string? Error, double ElapsedMilliseconds);

public sealed record HubHealth(IReadOnlyList<PeerHealth> Peers, IReadOnlyList<string> Drift);

/// <param name="HandshakeAgeSeconds">Null: never.</param>
public sealed record PeerHealth(string PublicKey, string? Endpoint, double? HandshakeAgeSeconds, long ReceivedBytes, long SentBytes);
