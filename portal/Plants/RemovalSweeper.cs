using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Plants;

/// <summary>
/// What hangs on services and plants that are no more: sessions, grants, requests, peers. It is ended by who removes them;
/// when that was broken off, by a fault or by the portal's end, or something began in that very moment, it is found from
/// the rows and ended by the portal itself, at its start and twice a minute.
/// </summary>
public sealed partial class RemovalSweeper(PortalDbFactory factory, SessionTerminator terminator, Grants grants, AccessRequests requests, Enrollment enrollment, HubLink hub, ChangeFeed changes, ILogger<RemovalSweeper> log, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>A removal that is going on does it by itself, under the admin's name.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(15);

    /// <param name="by">Null: the portal itself.</param>
    /// <param name="message">Why, for those who used it.</param>
    /// <returns>Whether there was anything.</returns>
    internal async Task<bool> EndAsync(Actor? by, IReadOnlyCollection<Guid> services, string message)
    {
        var sessions = await terminator.EndAllAsync(s => services.Contains(s.ServiceId), SessionEndReason.Revoked, message, CancellationToken.None);
        var revoked = await grants.RevokeAllAsync(by, services, message, CancellationToken.None);
        var denied = await requests.DenyAllAsync(by, services, message, CancellationToken.None);
        return sessions + revoked + denied > 0;
    }

    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var before = now - Slack;
        await using var db = factory.ForSystem();
        var services = await (
            from s in db.Services
            join a in db.Assets on s.AssetId equals a.Id
            where s.ArchivedAt < before
                && (db.Sessions.Any(x => x.ServiceId == s.Id && x.State != SessionState.Ended)
                    || db.Grants.Any(x => x.ServiceId == s.Id && x.RevokedAt == null && x.EndsAt > now)
                    || db.AccessRequests.Any(x => x.ServiceId == s.Id && x.State == AccessRequestState.Pending))
            select new { s.Id, s.TenantId, Name = $"{s.Name}, {a.Name}" }).ToListAsync(cancellationToken);
        foreach (var service in services)
        {
            await EndAsync(null, [service.Id], $"An admin removed {service.Name}.");
            await changes.PublishAsync(service.TenantId, cancellationToken);
        }

        foreach (var plant in await db.Plants.AsNoTracking().Where(p => p.ArchivedAt < before && p.PublicKey != null).ToListAsync(cancellationToken))
        {
            if (hub.IsConnected(plant.HubId) && await enrollment.EndAsync(plant, cancellationToken) is { } kept)
            {
                Log.PeerKept(log, plant.Name, kept);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.SweepFailed(log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "What removed services left behind could not be ended; trying again in half a minute")]
        public static partial void SweepFailed(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The edge of {Plant}, which was removed, is still a peer: {Reason}")]
        public static partial void PeerKept(ILogger logger, string plant, string reason);
    }
}
