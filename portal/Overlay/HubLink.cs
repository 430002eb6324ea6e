using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;

namespace Sallyport.Portal.Overlay;

/// <summary>The portal's end of the control links to its hubs: orders go out, acks come back.</summary>
public sealed class HubLink(PortalDbFactory factory, TimeProvider time)
{
    private static readonly TimeSpan AckPatience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Guid, EventStream> _streams = new();
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<HubAck>> _acks = new();

    public bool IsConnected(Guid hubId) => _streams.ContainsKey(hubId);

    /// <summary>Sends an order and waits until the hub has done it and read it back.</summary>
    /// <returns>The ack; its error is for a person.</returns>
    public async Task<HubAck> OrderAsync<T>(Guid hubId, string name, Guid command, T order, CancellationToken cancellationToken)
    {
        var ack = new TaskCompletionSource<HubAck>(TaskCreationOptions.RunContinuationsAsynchronously);
        _acks[command] = ack;
        try
        {
            return _streams.TryGetValue(hubId, out var stream) && stream.Send(name, order)
                ? await ack.Task.WaitAsync(AckPatience, time, cancellationToken)
                : new HubAck(command, "The hub is not connected to the portal.", 0);
        }
        catch (TimeoutException)
        {
            return new HubAck(command, "The hub did not answer in time.", AckPatience.TotalMilliseconds);
        }
        finally
        {
            _acks.TryRemove(command, out _);
        }
    }

    internal void Acknowledge(HubAck ack)
    {
        if (_acks.TryGetValue(ack.Command, out var waiting))
        {
            waiting.TrySetResult(ack);
        }
    }

    internal async Task<EventStream> ConnectAsync(Guid hubId, CancellationToken cancellationToken)
    {
        var stream = new EventStream();

        // Registered before the state is read: an order that comes in between arrives after the state, and nothing is lost.
        _streams.AddOrUpdate(hubId, stream, (_, older) =>
        {
            older.Close();
            return stream;
        });
        var state = await StateAsync(hubId, cancellationToken);
        stream.Send(HubEvent.State, state);

        // A path that was closed while the state was being read: its order may stand in the stream before the state.
        await using var db = factory.ForSystem();
        var left = await db.OverlayPaths.Where(p => p.HubId == hubId).Select(p => p.Id).ToListAsync(cancellationToken);
        foreach (var closed in state.Paths.Where(p => !left.Contains(p.PathId)))
        {
            stream.Send(HubEvent.ClosePath, new PathClosure(Guid.NewGuid(), closed.PathId));
        }

        return stream;
    }

    /// <summary>Every hub learns of a new gateway.</summary>
    internal async Task AnnounceGatewaysAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var gateways = await db.Gateways.Select(g => g.OverlayAddress).ToListAsync(cancellationToken);
        foreach (var stream in _streams.Values)
        {
            stream.Send(HubEvent.SetGateways, new GatewayList(Guid.NewGuid(), [.. gateways.Select(g => g.ToString())]));
        }
    }

    internal void Disconnect(Guid hubId, EventStream stream)
    {
        _streams.TryRemove(KeyValuePair.Create(hubId, stream));
        stream.Dispose();
    }

    private async Task<HubState> StateAsync(Guid hubId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = factory.ForSystem();
        await db.Hubs.Where(h => h.Id == hubId).ExecuteUpdateAsync(h => h.SetProperty(x => x.LastSeenAt, now), cancellationToken);
        var gateways = await db.Gateways.Select(g => g.OverlayAddress).ToListAsync(cancellationToken);
        var plants = await db.Plants.AsNoTracking().Where(p => p.HubId == hubId && p.PublicKey != null).ToListAsync(cancellationToken);
        var paths = await db.OverlayPaths.AsNoTracking().Where(p => p.HubId == hubId && p.EndsAt > now).ToListAsync(cancellationToken);
        return new HubState(
            Guid.NewGuid(),
            OverlayAddresses.HubAddress.ToString(),
            OverlayAddresses.VirtualRange.ToString(),
            OverlayAddresses.TunnelRange.ToString(),
            [.. gateways.Select(g => g.ToString())],
            [.. plants.Select(plant => new PeerOrder(Guid.NewGuid(), plant.Id, plant.PublicKey!, [$"{plant.TunnelAddress}/32", plant.VirtualPrefix.ToString()]))],
            [.. paths.Select(path => Paths.Order(path, now))]);
    }
}
