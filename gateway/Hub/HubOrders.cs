using System.Net;
using Sallyport.Contracts.Links;
using Sallyport.Hub.Firewall;
using Sallyport.Hub.WireGuard;

namespace Sallyport.Hub;

/// <summary>Carries out what the portal orders, one order at a time, and knows what shall be, so that drift can be seen and healed.</summary>
public sealed class HubOrders(WireGuardDevice device, PathFirewall firewall, TimeProvider time)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, PeerOrder> _peers = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, (PathElement Element, long Until)> _paths = [];
    private HubState? _state;

    public async Task ConvergeAsync(HubState state, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await device.AddressAsync(state.TunnelAddress, [state.VirtualRange, state.TunnelRange], cancellationToken);
            _state = state;
            _peers.Clear();
            _paths.Clear();

            // What is wrong with one must not take the others down with it.
            var wrong = new List<string>();
            foreach (var peer in state.Peers)
            {
                Try(() =>
                {
                    Check(peer);
                    _peers[peer.PublicKey] = peer;
                });
            }

            foreach (var path in state.Paths)
            {
                Try(() => _paths[path.PathId] = (Check(path), Deadline(path.RemainingSeconds)));
            }

            await HealAsync(cancellationToken);
            await WireGuardDevice.PokeAsync(TunnelAddresses(_peers.Values), cancellationToken);
            if (wrong.Count > 0)
            {
                throw new CommandException(string.Join(" ", wrong));
            }

            void Try(Action take)
            {
                try
                {
                    take();
                }
                catch (CommandException e)
                {
                    wrong.Add(e.Message);
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public Task SetGatewaysAsync(IReadOnlyList<string> gateways, CancellationToken cancellationToken) => AloneAsync(() =>
    {
        _state = _state is { } state ? state with { Gateways = gateways } : throw new CommandException("The hub has not been told its ranges yet.");
        return Task.CompletedTask;
    }, cancellationToken);

    public Task SetPeerAsync(PeerOrder peer, CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        Check(peer);
        await device.SetPeerAsync(peer, cancellationToken);
        _peers[peer.PublicKey] = peer;
    }, cancellationToken);

    public Task RemovePeerAsync(string publicKey, CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        _peers.Remove(publicKey);
        await device.RemovePeerAsync(publicKey, cancellationToken);
    }, cancellationToken);

    public Task OpenPathAsync(PathOrder order, CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        var element = Check(order);
        _paths[order.PathId] = (element, Deadline(order.RemainingSeconds));
        await firewall.SetAsync(element, Math.Max(1, Remaining(element)), cancellationToken);
    }, cancellationToken);

    public Task ClosePathAsync(Guid pathId, CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        if (!_paths.Remove(pathId, out var path))
        {
            return;
        }

        // Another session may be on the same asset; its own end decides then.
        if (Remaining(path.Element) is > 0 and var others)
        {
            await firewall.SetAsync(path.Element, others, cancellationToken);
        }
        else
        {
            await firewall.RemoveAsync(path.Element, cancellationToken);
        }
    }, cancellationToken);

    /// <summary>Compares what is with what shall be, mends it, and says what was found.</summary>
    public async Task<IReadOnlyList<string>> CheckDriftAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _state is null ? [] : await HealAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<IReadOnlyList<string>> HealAsync(CancellationToken cancellationToken)
    {
        var found = new List<string>();
        if (await firewall.EnsureAsync(cancellationToken))
        {
            found.Add("The firewall table was missing.");
        }

        var elements = await firewall.ElementsAsync(cancellationToken);
        var wanted = _paths.Values.Select(p => p.Element).Where(e => Remaining(e) > 0).ToHashSet();
        foreach (var stray in elements.Except(wanted))
        {
            found.Add($"The path {stray} was open without an order.");
            await firewall.RemoveAsync(stray, cancellationToken);
        }

        foreach (var missing in wanted.Except(elements))
        {
            found.Add($"The path {missing} was missing.");
            await firewall.SetAsync(missing, Remaining(missing), cancellationToken);
        }

        var peers = await device.PeersAsync(cancellationToken);
        foreach (var stray in peers.Keys.Except(_peers.Keys))
        {
            found.Add($"The peer {stray} was there without an order.");
            await device.RemovePeerAsync(stray, cancellationToken);
        }

        foreach (var peer in _peers.Values.Where(p => !peers.TryGetValue(p.PublicKey, out var prefixes) || !prefixes.ToHashSet().SetEquals(p.AllowedIps)))
        {
            found.Add($"The peer {peer.PublicKey} was not as ordered.");
            await device.SetPeerAsync(peer, cancellationToken);
        }

        return found;
    }

    // WireGuard would move a prefix from one peer to another without a word; so nothing that overlaps gets that far.
    private void Check(PeerOrder peer)
    {
        var state = _state ?? throw new CommandException("The hub has not been told its ranges yet.");
        var (virtualRange, tunnelRange) = (IPNetwork.Parse(state.VirtualRange), IPNetwork.Parse(state.TunnelRange));
        foreach (var text in peer.AllowedIps)
        {
            if (!IPNetwork.TryParse(text, out var prefix) || !(Inside(prefix, virtualRange) || Inside(prefix, tunnelRange)))
            {
                throw new CommandException($"The prefix {text} is not in the overlay's ranges.");
            }

            foreach (var other in _peers.Values.Where(p => p.PublicKey != peer.PublicKey && p.PlantId != peer.PlantId))
            {
                if (other.AllowedIps.Select(IPNetwork.Parse).Any(taken => taken.Contains(prefix.BaseAddress) || prefix.Contains(taken.BaseAddress)))
                {
                    throw new CommandException($"The prefix {text} belongs to another plant.");
                }
            }
        }
    }

    private PathElement Check(PathOrder path)
    {
        var state = _state ?? throw new CommandException("The hub has not been told its ranges yet.");
        return !state.Gateways.Contains(path.Gateway) ? throw new CommandException($"{path.Gateway} is not a gateway.")
            : !IPAddress.TryParse(path.Address, out var address) || !IPNetwork.Parse(state.VirtualRange).Contains(address) ? throw new CommandException($"{path.Address} is not an asset's address.")
            : path.Port is < 1 or > 65535 || path.RemainingSeconds < 1 ? throw new CommandException("The path has no port, or is over already.")
            : new PathElement(path.Gateway, path.Address, path.Port);
    }

    private static bool Inside(IPNetwork prefix, IPNetwork range) => prefix.PrefixLength >= range.PrefixLength && range.Contains(prefix.BaseAddress);

    private static IEnumerable<string> TunnelAddresses(IEnumerable<PeerOrder> peers) =>
        peers.Select(p => p.AllowedIps.FirstOrDefault(ip => ip.EndsWith("/32", StringComparison.Ordinal))).OfType<string>().Select(ip => ip[..^3]);

    private long Deadline(int seconds) => time.GetTimestamp() + (seconds * time.TimestampFrequency);

    // Of several paths over one element, the longest decides. Monotonic: a clock that is set does not matter.
    private int Remaining(PathElement element)
    {
        var until = _paths.Values.Where(p => p.Element == element).Select(p => p.Until).DefaultIfEmpty(0).Max();
        return (int)Math.Max(0, (until - time.GetTimestamp() + time.TimestampFrequency - 1) / time.TimestampFrequency);
    }

    private async Task AloneAsync(Func<Task> order, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await order();
        }
        finally
        {
            _gate.Release();
        }
    }
}
