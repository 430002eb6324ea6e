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

    internal async Task<EventStream> ConnectAsync(Guid hubId, CancellationToken cancellationToken)
    {
        var stream = new EventStream();

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
            return stream;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Every hub learns of a new gateway.</summary>
    internal async Task AnnounceGatewaysAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var gateways = await db.Gateways.Select(g => g.OverlayAddress).ToListAsync(cancellationToken);
        foreach (var hubId in _streams.Keys)
        {
            await SendAsync(hubId, HubEvent.SetGateways, new GatewayList(Guid.NewGuid(), [.. gateways.Select(g => g.ToString())]), cancellationToken);
        }
    }

    internal void Disconnect(Guid hubId, EventStream stream)
    {
        _streams.TryRemove(KeyValuePair.Create(hubId, stream));
        stream.Dispose();
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
