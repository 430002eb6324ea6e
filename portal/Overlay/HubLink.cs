using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;

namespace Sallyport.Portal.Overlay;

/// <summary>The portal's end of the control links to its hubs: orders go out, acks come back.</summary>
public sealed class HubLink(PortalDbFactory factory, ComponentTrail trail, TimeProvider time)
{
    private static readonly TimeSpan AckPatience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Guid, EventStream> _streams = new();
    private readonly ConcurrentDictionary<(Guid HubId, Guid Command), TaskCompletionSource<HubAck>> _acks = new();
    private readonly SemaphoreSlim _sending = new(1, 1);

    public bool IsConnected(Guid hubId) => _streams.ContainsKey(hubId);

    /// <summary>Sends an order and waits until the hub has done it and read it back.</summary>
    /// <returns>The ack; its error is for a person.</returns>
    public async Task<HubAck> OrderAsync<T>(Guid hubId, string name, Guid command, T order, CancellationToken cancellationToken)
    {
        var ack = new TaskCompletionSource<HubAck>(TaskCreationOptions.RunContinuationsAsynchronously);
        _acks[(hubId, command)] = ack;
        try
        {
            return await SendAsync(hubId, name, order, cancellationToken)
                ? await ack.Task.WaitAsync(AckPatience, time, cancellationToken)
                : new HubAck(command, "The hub is not connected to the portal.", 0);
        }
        catch (TimeoutException)
        {
            return new HubAck(command, "The hub did not answer in time.", AckPatience.TotalMilliseconds);
        }
        finally
        {
            _acks.TryRemove((hubId, command), out _);
        }
    }

    internal void Acknowledge(Guid hubId, HubAck ack)
    {
        if (_acks.TryGetValue((hubId, ack.Command), out var waiting))
        {
            waiting.TrySetResult(ack);
        }
    }

    internal async Task<EventStream> ConnectAsync(Guid hubId, string keyId, string? address, CancellationToken cancellationToken)
    {
        await trail.ConnectedAsync(ComponentKind.Hub, hubId, address, cancellationToken);
        var stream = new EventStream(keyId);

        // Orders wait until the state is on its way: what they say came after it was read.
        await _sending.WaitAsync(cancellationToken);
        try
        {
            stream.Send(HubEvent.State, await StateAsync(hubId, cancellationToken));
            _streams.AddOrUpdate(hubId, stream, (_, older) =>
            {
                older.Close();
                return stream;
            });
        }
        finally
        {
            _sending.Release();
        }

        // It may have been removed between the check of its key and now; from here on the sweep sees it.
        await using var db = factory.ForSystem();
        if (!await db.Hubs.AnyAsync(h => h.Id == hubId && h.KeyId == keyId, CancellationToken.None))
        {
            stream.Finish();
        }

        return stream;
    }

    /// <summary>Every hub learns which addresses are gateways now.</summary>
    internal async Task AnnounceGatewaysAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var gateways = await db.Gateways.Select(g => g.OverlayAddress).ToListAsync(cancellationToken);
        foreach (var hubId in _streams.Keys)
        {
            await SendAsync(hubId, HubEvent.SetGateways, new GatewayList(Guid.NewGuid(), [.. gateways.Select(g => g.ToString())]), cancellationToken);
        }
    }

    /// <summary>Ends the links of hubs that were removed or have another key now. One that was removed is told first that nothing shall be open.</summary>
    /// <param name="keysInForce">By hub.</param>
    internal async Task DropOthersAsync(IReadOnlyDictionary<Guid, string> keysInForce, CancellationToken cancellationToken)
    {
        foreach (var (id, stream) in _streams.Where(s => keysInForce.GetValueOrDefault(s.Key) != s.Value.KeyId))
        {
            if (!keysInForce.ContainsKey(id))
            {
                await SendAsync(id, HubEvent.State, State([], [], []), cancellationToken);
            }

            stream.Finish();
        }
    }

    internal async Task DisconnectAsync(Guid hubId, EventStream stream)
    {
        var lost = _streams.TryRemove(KeyValuePair.Create(hubId, stream));
        stream.Dispose();
        if (lost)
        {
            await trail.LostAsync(ComponentKind.Hub, hubId, CancellationToken.None);
        }
    }

    private async Task<bool> SendAsync<T>(Guid hubId, string name, T order, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            return _streams.TryGetValue(hubId, out var stream) && stream.Send(name, order);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task<HubState> StateAsync(Guid hubId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = factory.ForSystem();
        await db.Hubs.Where(h => h.Id == hubId).ExecuteUpdateAsync(h => h.SetProperty(x => x.LastSeenAt, now), cancellationToken);
        var gateways = await db.Gateways.Select(g => g.OverlayAddress).ToListAsync(cancellationToken);
        var plants = await db.Plants.AsNoTracking().Where(p => p.HubId == hubId && p.PublicKey != null && p.ArchivedAt == null).ToListAsync(cancellationToken);
        var paths = await db.OverlayPaths.AsNoTracking().Where(p => p.HubId == hubId && p.EndsAt > now).ToListAsync(cancellationToken);
        return State(
            [.. gateways.Select(g => g.ToString())],
            [.. plants.Select(plant => new PeerConfig(Guid.NewGuid(), plant.Id, plant.PublicKey!, [$"{plant.TunnelAddress}/32", plant.VirtualPrefix.ToString()]))],
            [.. paths.Select(path => Paths.Order(path, now))]);
    }

    private static HubState State(IReadOnlyList<string> gateways, IReadOnlyList<PeerConfig> peers, IReadOnlyList<PathConfig> paths) => new(
        Guid.NewGuid(),
        OverlayAddresses.HubAddress.ToString(),
        OverlayAddresses.VirtualRange.ToString(),
        OverlayAddresses.TunnelRange.ToString(),
        gateways,
        peers,
        paths);
}
