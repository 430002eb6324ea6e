using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Monitoring;

/// <summary>Measures what the database holds, of all tenants together, every quarter of a minute. Several portals measure the same.</summary>
internal sealed partial class StateGauges(PortalDbFactory factory, GatewayLink gateways, HubLink hubs, TimeProvider time, ILogger<StateGauges> log) : PeriodicService(Interval, time, atStart: true)
{
    private const string KindOfService = "sallyport.service.kind";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private static readonly Gauge<int> Sessions = PortalMeter.Meter.CreateGauge<int>("sallyport.portal.session.count", "{session}", "Sessions that have not ended.");
    private static readonly Gauge<int> Grants = PortalMeter.Meter.CreateGauge<int>("sallyport.portal.grant.count", "{grant}", "Grants in force.");
    private static readonly Gauge<int> Requests = PortalMeter.Meter.CreateGauge<int>("sallyport.portal.access_request.count", "{request}", "Access requests that nobody has decided yet.");
    private static readonly Gauge<int> Plants = PortalMeter.Meter.CreateGauge<int>("sallyport.portal.plant.count", "{plant}", "Plants by the state of their tunnel.");
    private static readonly Gauge<int> Paths = PortalMeter.Meter.CreateGauge<int>("sallyport.portal.path.count", "{path}", "Paths that are to be open at the hubs.");
    private static readonly Gauge<int> Recordings = PortalMeter.Meter.CreateGauge<int>("sallyport.portal.recording.count", "{recording}", "Recordings by state.");
    private static readonly Gauge<int> Components = PortalMeter.Meter.CreateGauge<int>("sallyport.portal.component.count", "{component}", "Gateways and hubs, by whether their control link to this portal is up.");
    private static readonly Gauge<int> SignedIn = PortalMeter.Meter.CreateGauge<int>("sallyport.portal.sign_in.count", "{sign_in}", "Sign-ins that have not ended.");

    internal async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var now = Time.GetUtcNow();
        await using var db = factory.ForSystem();
        var sessions = await (
            from session in db.Sessions
            join service in db.Services on session.ServiceId equals service.Id
            where session.State != SessionState.Ended
            group session by new { service.Kind, session.State } into same
            select new { same.Key.Kind, same.Key.State, Count = same.Count() }).ToListAsync(cancellationToken);
        foreach (var kind in ServiceKinds.All.Select(info => info.Kind))
        {
            foreach (var state in Enum.GetValues<SessionState>().Where(state => state != SessionState.Ended))
            {
                // Also what there is none of: a gauge keeps its last value.
                Sessions.Record(sessions.Find(s => s.Kind == kind && s.State == state)?.Count ?? 0, new(KindOfService, Label(kind)), new("sallyport.session.state", Label(state)));
            }
        }

        Grants.Record(await db.Grants.CountAsync(g => g.RevokedAt == null && g.StartsAt <= now && g.EndsAt > now, cancellationToken));
        Requests.Record(await db.AccessRequests.CountAsync(r => r.State == AccessRequestState.Pending, cancellationToken));
        Paths.Record(await db.OverlayPaths.CountAsync(p => p.EndsAt > now, cancellationToken));
        SignedIn.Record(await db.SignIns.CountAsync(s => s.EndedAt == null, cancellationToken));

        var recordings = await db.Recordings.GroupBy(r => r.State).Select(same => new { State = same.Key, Count = same.Count() }).ToListAsync(cancellationToken);
        foreach (var state in Enum.GetValues<RecordingState>())
        {
            Recordings.Record(recordings.Find(r => r.State == state)?.Count ?? 0, new KeyValuePair<string, object?>("sallyport.recording.state", Label(state)));
        }

        await MeasurePlantsAsync(db, now, cancellationToken);
        Connected("gateway", await db.Gateways.Select(g => g.Id).ToListAsync(cancellationToken), gateways.IsConnected);
        Connected("hub", await db.Hubs.Select(h => h.Id).ToListAsync(cancellationToken), hubs.IsConnected);
    }

    protected override Task RunOnceAsync(CancellationToken cancellationToken) => MeasureAsync(cancellationToken);

    protected override void LogFailure(Exception exception) => Log.Failed(log, exception);

    private static async Task MeasurePlantsAsync(PortalDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var since = now - Plant.OnlineFor;
        var plants = db.Plants.Where(p => p.ArchivedAt == null);
        var all = await plants.CountAsync(cancellationToken);
        var enrolled = await plants.CountAsync(p => p.PublicKey != null, cancellationToken);
        var online = await plants.CountAsync(p => p.PublicKey != null && p.LastHandshakeAt > since, cancellationToken);
        foreach (var (state, count) in ((string, int)[])[("online", online), ("offline", enrolled - online), ("not_enrolled", all - enrolled)])
        {
            Plants.Record(count, new KeyValuePair<string, object?>("sallyport.plant.state", state));
        }
    }

    private static void Connected(string kind, List<Guid> all, Func<Guid, bool> isConnected)
    {
        var connected = all.Count(isConnected);
        Components.Record(connected, new("sallyport.component.kind", kind), new("sallyport.component.state", "connected"));
        Components.Record(all.Count - connected, new("sallyport.component.kind", kind), new("sallyport.component.state", "disconnected"));
    }

    private static string Label<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The portal's state could not be measured; trying again in a quarter of a minute")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
