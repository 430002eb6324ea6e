using System.Net;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Overlay;

/// <summary>
/// Ends what is open of gateways and hubs that were removed or lost their key, whoever did it and in whichever process: links,
/// sessions, paths. It goes by the rows, as soon as the change feed tells, and every half minute in any case.
/// </summary>
public sealed partial class ComponentSweep(PortalDbFactory factory, GatewayLink gateways, HubLink hubs, SessionTerminator terminator, ChangeFeed changes, ILogger<ComponentSweep> log, TimeProvider time) : PeriodicService(Interval, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private IPAddress[] _announced = [];
    private IDisposable? _subscription;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = changes.Subscribe(Components.Topic, Hurry);
        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return base.StopAsync(cancellationToken);
    }

    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var living = await db.Gateways.AsNoTracking().Select(g => new { g.Id, g.KeyId, g.OverlayAddress }).ToListAsync(cancellationToken);
        var livingHubs = await db.Hubs.AsNoTracking().Select(h => new { h.Id, h.KeyId }).ToListAsync(cancellationToken);

        // The hub first: an address that is no gateway's any more has no path, whatever the rest takes.
        var addresses = living.Select(g => g.OverlayAddress).OrderBy(a => a.ToString(), StringComparer.Ordinal).ToArray();
        if (!addresses.SequenceEqual(_announced))
        {
            await hubs.AnnounceGatewaysAsync(cancellationToken);
            _announced = addresses;
        }

        var removed = await db.Gateways.IgnoreQueryFilters().AsNoTracking()
            .Where(g => g.RemovedAt != null && db.Sessions.Any(s => s.GatewayId == g.Id && s.State != SessionState.Ended)).Select(g => new { g.Id, g.Name }).ToListAsync(cancellationToken);
        foreach (var gateway in removed)
        {
            await terminator.EndAllAsync(s => s.GatewayId == gateway.Id, SessionEndReason.GatewayLost, $"The gateway {gateway.Name} was removed. Connect again.", cancellationToken);
        }

        var removedHubs = await db.Hubs.IgnoreQueryFilters().AsNoTracking().Where(h => h.RemovedAt != null).Select(h => new { h.Id, h.Name }).ToListAsync(cancellationToken);
        foreach (var hub in removedHubs)
        {
            var plants = await db.Plants.Where(p => p.HubId == hub.Id).Select(p => p.Id).ToListAsync(cancellationToken);
            await terminator.EndAllAsync(s => plants.Contains(s.PlantId), SessionEndReason.Revoked, $"The hub {hub.Name}, by which this plant is reached, was removed.", cancellationToken);
        }

        gateways.DropOthers(living.ToDictionary(g => g.Id, g => g.KeyId));
        await hubs.DropOthersAsync(livingHubs.ToDictionary(h => h.Id, h => h.KeyId), cancellationToken);
    }

    protected override Task RunOnceAsync(CancellationToken cancellationToken) => SweepAsync(cancellationToken);

    protected override void LogFailure(Exception exception) => Log.Failed(log, exception);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "What is open of removed gateways and hubs could not be ended; trying again in half a minute")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
