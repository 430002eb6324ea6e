using Sallyport.Contracts.Links;
using Sallyport.Hub.Firewall;
using Sallyport.Hub.WireGuard;

namespace Sallyport.Hub;

/// <summary>
/// Carries out what the portal orders, one order at a time, and knows what shall be, so that drift can be seen and mended.
/// An order that is refused (<see cref="CommandRejectedException"/>) has changed nothing.
/// </summary>
public sealed class HubReconciler(WireGuardDevice device, PathFirewall firewall, TimeProvider time)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Overlay? _overlay;
    private Dictionary<string, Peer> _peers = new(StringComparer.Ordinal);
    private OrderedPaths _paths = new(time);

    private Overlay Known => _overlay ?? throw new CommandRejectedException("The hub has not been told its ranges yet.");

    /// <summary>Makes everything as the state says. What is wrong with one of its peers or paths does not take the others down with it, and is told at the end.</summary>
    public Task ConvergeAsync(HubState state, CancellationToken cancellationToken) => SerializedAsync(async () =>
    {
        var overlay = Overlay.Of(state);
        var (peers, paths, taken) = (new Dictionary<string, Peer>(StringComparer.Ordinal), new OrderedPaths(time), new PrefixTable());
        var wrong = new List<string>();
        foreach (var order in state.Peers ?? throw new CommandRejectedException("The state names no list of peers."))
        {
            Take(() =>
            {
                var peer = overlay.Peer(order, taken);
                if (!peers.TryAdd(peer.PublicKey, peer))
                {
                    throw new CommandRejectedException($"The peer {peer.PublicKey} is named twice.");
                }
            });
        }

        foreach (var order in state.Paths ?? throw new CommandRejectedException("The state names no list of paths."))
        {
            Take(() => paths.Set(order.PathId, overlay.Path(order), order.RemainingSeconds));
        }

        (_overlay, _peers, _paths) = (overlay, peers, paths);
        await ReconcileAsync(cancellationToken);
        await WireGuardDevice.SendKeepaliveAsync(_peers.Values, cancellationToken);
        if (wrong.Count > 0)
        {
            throw new CommandRejectedException(string.Join(" ", wrong));
        }

        void Take(Action read)
        {
            try
            {
                read();
            }
            catch (CommandRejectedException e)
            {
                wrong.Add(e.Message);
            }
        }
    }, cancellationToken);

    /// <summary>Paths that start at what is no gateway any more are closed.</summary>
    public Task SetGatewaysAsync(GatewayList list, CancellationToken cancellationToken) => SerializedAsync(async () =>
    {
        _overlay = Known.WithGateways(list.Gateways);
        _paths.KeepOnly(_overlay.Gateways);
        await firewall.ReconcileAsync(_paths, cancellationToken);
    }, cancellationToken);

    public Task SetPeerAsync(PeerConfig order, CancellationToken cancellationToken) => SerializedAsync(async () =>
    {
        var taken = new PrefixTable();
        foreach (var other in _peers.Values.Where(p => p.PublicKey != order.PublicKey))
        {
            taken.Add(other);
        }

        var peer = Known.Peer(order, taken);
        await device.SetPeersAsync([peer], cancellationToken);
        _peers[peer.PublicKey] = peer;
    }, cancellationToken);

    public Task RemovePeerAsync(PeerRemoval order, CancellationToken cancellationToken) => SerializedAsync(async () =>
    {
        if (!Overlay.IsKey(order.PublicKey))
        {
            throw new CommandRejectedException("The public key is not a WireGuard key (32 bytes, base64).");
        }

        _peers.Remove(order.PublicKey);
        await device.RemovePeersAsync([order.PublicKey], cancellationToken);
    }, cancellationToken);

    public Task OpenPathAsync(PathConfig order, CancellationToken cancellationToken) => SerializedAsync(async () =>
    {
        var element = Known.Path(order);
        if (_paths.Find(order.PathId) is { } other && other != element)
        {
            throw new CommandRejectedException($"The path {order.PathId} is open to {other}: close it first.");
        }

        // Its end may be nearer than it was; another path over the same element may last longer.
        _paths.Set(order.PathId, element, order.RemainingSeconds);
        try
        {
            await firewall.SetAsync([(element, Remaining(element))], cancellationToken);
        }
        catch (CommandException)
        {
            _paths.Remove(order.PathId);
            throw;
        }
    }, cancellationToken);

    public Task ClosePathAsync(PathClosure order, CancellationToken cancellationToken) => SerializedAsync(async () =>
    {
        if (_paths.Find(order.PathId) is not { } element)
        {
            // Told twice, or after its end: then only what is ordered may be open, and that is looked at.
            await firewall.ReconcileAsync(_paths, cancellationToken);
            return;
        }

        // Another session may be on the same asset; its own end decides then.
        _paths.Remove(order.PathId);
        if (_paths.Remaining(element) > TimeSpan.Zero)
        {
            await firewall.SetAsync([(element, Remaining(element))], cancellationToken);
        }
        else
        {
            await firewall.RemoveAsync([element], cancellationToken);
        }
    }, cancellationToken);

    /// <summary>Compares what is with what shall be, mends it, and says what was found. Before the first state nothing is known.</summary>
    public async Task<IReadOnlyList<string>> CheckDriftAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> found = [];
        await SerializedAsync(async () => found = _overlay is null ? [] : await ReconcileAsync(cancellationToken), cancellationToken);
        return found;
    }

    // Paths first: what must not be open is closed before anything else is looked at.
    private async Task<IReadOnlyList<string>> ReconcileAsync(CancellationToken cancellationToken)
    {
        var paths = await firewall.ReconcileAsync(_paths, cancellationToken);
        var peers = await device.ReconcileAsync(Known, _peers, cancellationToken);
        if (peers.Count > 0)
        {
            await WireGuardDevice.SendKeepaliveAsync(_peers.Values, cancellationToken);
        }

        return [.. paths, .. peers];
    }

    private int Remaining(PathElement element) => Math.Max(1, (int)Math.Ceiling(_paths.Remaining(element).TotalSeconds));

    private async Task SerializedAsync(Func<Task> order, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await order();
        }
        finally
        {
            HubMetrics.PathsAre(_paths.Elements().Count(path => path.Value > TimeSpan.Zero));
            _gate.Release();
        }
    }
}
