using System.Collections.Concurrent;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Data;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Gateways;

/// <summary>The portal's end of the control links to its gateways.</summary>
public sealed partial class GatewayLink(PortalDbFactory factory, KeyFolder keys, IOptions<PortalOptions> portal, ComponentTrail trail, TimeProvider time, ILogger<GatewayLink> log)
{
    private const int MaxAddress = 300;

    private static readonly TimeSpan ScanPatience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<Guid, EventStream> _streams = new();
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<HostKeyScanResult>> _scans = new();
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _lost = new();

    public bool IsConnected(Guid gatewayId) => _streams.ContainsKey(gatewayId);

    /// <summary>Since when a gateway that was connected is not any more.</summary>
    public IReadOnlyDictionary<Guid, DateTimeOffset> Lost => _lost;

    /// <summary>At the portal's start: every gateway that is not here yet counts as lost from now on.</summary>
    internal async Task ExpectAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        foreach (var gatewayId in await db.Gateways.Select(g => g.Id).ToListAsync(cancellationToken))
        {
            if (!IsConnected(gatewayId))
            {
                _lost.TryAdd(gatewayId, time.GetUtcNow());
            }
        }
    }

    /// <summary>A gateway that is connected, or null.</summary>
    public async Task<Gateway?> PickAsync(CancellationToken cancellationToken)
    {
        var connected = _streams.Keys.ToArray();
        await using var db = factory.ForSystem();
        return await db.Gateways.AsNoTracking().Where(g => connected.Contains(g.Id)).OrderBy(g => g.Name).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>A gateway that is connected and can broker services of that kind, or null.</summary>
    public async Task<Gateway?> PickAsync(ServiceKind kind, CancellationToken cancellationToken)
    {
        var connected = _streams.Keys.ToArray();
        await using var db = factory.ForSystem();
        return await db.Gateways.AsNoTracking().Where(g => connected.Contains(g.Id) && (kind != ServiceKind.Web || g.WebOrigin != null)).OrderBy(g => g.Name).FirstOrDefaultAsync(cancellationToken);
    }

    /// <returns>For a person: why browsers must not be sent to a gateway at these addresses; null when they may.</returns>
    internal string? AddressError(GatewayInfo facts) => IsWebAddress(facts.Url) && (facts.WebOrigin is null || IsWebAddress(facts.WebOrigin))
        ? SiteNames.Conflict(portal.Value.PublicUrl, facts.Url, facts.WebOrigin)
        : "The gateway's addresses are no web addresses.";

    /// <summary>What a gateway says of where browsers reach it. Addresses that cannot be used are passed over: it may speak for itself, and for nothing else.</summary>
    internal async Task UpdateInfoAsync(Guid gatewayId, GatewayInfo facts, CancellationToken cancellationToken)
    {
        if (AddressError(facts) is { } error)
        {
            Log.Refused(log, gatewayId, error);
            return;
        }

        var (url, webOrigin) = (facts.Url.TrimEnd('/'), facts.WebOrigin?.TrimEnd('/'));
        await using var db = factory.ForSystem();
        await db.Gateways.Where(g => g.Id == gatewayId && (g.Url != url || g.WebOrigin != webOrigin))
            .ExecuteUpdateAsync(g => g.SetProperty(x => x.Url, url).SetProperty(x => x.WebOrigin, webOrigin), cancellationToken);
    }

    private static bool IsWebAddress(string text) => text.Length <= MaxAddress && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";

    /// <summary>False when the gateway is not connected; it will hear of it when it syncs.</summary>
    public bool EndSession(Guid gatewayId, EndSession order) => _streams.TryGetValue(gatewayId, out var stream) && stream.Send(GatewayEvent.EndSession, order);

    /// <summary>False when the gateway is not connected; it will hear of it when it syncs.</summary>
    public bool EndWatch(Guid gatewayId, EndWatch order) => _streams.TryGetValue(gatewayId, out var stream) && stream.Send(GatewayEvent.EndWatch, order);

    public bool SetWindow(Guid gatewayId, SessionWindow order) => _streams.TryGetValue(gatewayId, out var stream) && stream.Send(GatewayEvent.SessionWindow, order);

    public bool Answer(Guid gatewayId, ControlAnswer answer) => _streams.TryGetValue(gatewayId, out var stream) && stream.Send(GatewayEvent.Control, answer);

    /// <summary>Has the gateway read the key that a server shows; the path to it must be open.</summary>
    public async Task<HostKeyScanResult> ScanHostKeyAsync(Guid gatewayId, Guid scanId, IPAddress address, int port, ServiceKind kind, IReadOnlyList<string>? legacySsh, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<HostKeyScanResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _scans[scanId] = answer;
        try
        {
            return _streams.TryGetValue(gatewayId, out var stream) && stream.Send(GatewayEvent.HostKeyScan, new HostKeyScan(scanId, address.ToString(), port, kind, legacySsh))
                ? await answer.Task.WaitAsync(ScanPatience, time, cancellationToken)
                : new HostKeyScanResult(null, null, null, "The gateway is not connected.");
        }
        catch (TimeoutException)
        {
            return new HostKeyScanResult(null, null, null, "The gateway did not answer in time.");
        }
        finally
        {
            _scans.TryRemove(scanId, out _);
        }
    }

    internal void ScanAnswered(Guid scanId, HostKeyScanResult result)
    {
        if (_scans.TryGetValue(scanId, out var answer))
        {
            answer.TrySetResult(result);
        }
    }

    /// <summary>Ends the links of gateways that were removed or have another key now.</summary>
    /// <param name="keysInForce">By gateway.</param>
    internal void DropOthers(IReadOnlyDictionary<Guid, string> keysInForce)
    {
        foreach (var (id, stream) in _streams.Where(s => keysInForce.GetValueOrDefault(s.Key) != s.Value.KeyId))
        {
            stream.Finish();
        }

        foreach (var id in _lost.Keys.Where(id => !keysInForce.ContainsKey(id)))
        {
            _lost.TryRemove(id, out _);
        }
    }

    /// <summary>A new stream takes over from an older one of the same gateway.</summary>
    internal async Task<EventStream> ConnectAsync(Guid gatewayId, string keyId, string? address, CancellationToken cancellationToken)
    {
        await trail.ConnectedAsync(ComponentKind.Gateway, gatewayId, address, cancellationToken);
        using var ticketKey = keys.Signing("tickets");
        var stream = new EventStream(keyId);
        stream.Send(GatewayEvent.Hello, new GatewayHello([PublicKey.Of(ticketKey)], portal.Value.Origin, time.GetUtcNow()));
        _streams.AddOrUpdate(gatewayId, stream, (_, older) =>
        {
            older.Close();
            return stream;
        });
        _lost.TryRemove(gatewayId, out _);

        // It may have been removed between the check of its key and now; from here on the sweep sees it.
        await using var db = factory.ForSystem();
        if (!await db.Gateways.AnyAsync(g => g.Id == gatewayId && g.KeyId == keyId, CancellationToken.None))
        {
            stream.Finish();
        }

        return stream;
    }

    internal async Task DisconnectAsync(Guid gatewayId, EventStream stream)
    {
        var lost = _streams.TryRemove(KeyValuePair.Create(gatewayId, stream));
        stream.Dispose();
        if (lost)
        {
            _lost[gatewayId] = time.GetUtcNow();
            await trail.LostAsync(ComponentKind.Gateway, gatewayId, CancellationToken.None);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Gateway {Gateway} says where browsers are to reach it, and it is not taken: {Reason}")]
        public static partial void Refused(ILogger logger, Guid gateway, string reason);
    }
}
