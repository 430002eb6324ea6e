using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Overlay;

/// <summary>Takes what hubs report of their peers: when each last shook hands, and what was found that nobody ordered.</summary>
public sealed class HubHealthReports(PortalDbFactory factory, AuditLog audit, TimeProvider time)
{
    // A handshake time is written when it has moved by this much, not at each report.
    private static readonly TimeSpan Granularity = TimeSpan.FromSeconds(4);

    public async Task TakeAsync(Guid hubId, HubHealth health, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = factory.ForSystem();
        var hub = await db.Hubs.FirstAsync(h => h.Id == hubId, cancellationToken);
        hub.LastSeenAt = now;
        var drift = health.Drift.Take(20).Select(text => text.Length > 300 ? text[..300] : text).ToArray();
        if (!drift.SequenceEqual(hub.Drift) && drift.Length > 0)
        {
            await audit.AppendAsync(AuditEvent.BySystem(hub.Name, null, AuditAction.Drift, "hub", hub.Id.ToString(), hub.Name, AuditResult.Failed, string.Join(" ", drift)), cancellationToken);
        }

        hub.Drift = drift;
        var ages = health.Peers.Where(p => p.HandshakeAgeSeconds is >= 0).DistinctBy(p => p.PublicKey).ToDictionary(p => p.PublicKey, p => p.HandshakeAgeSeconds!.Value, StringComparer.Ordinal);
        await db.SaveChangesAsync(cancellationToken);
        foreach (var plant in await db.Plants.AsNoTracking().Where(p => p.HubId == hubId && p.PublicKey != null).ToListAsync(cancellationToken))
        {
            if (ages.TryGetValue(plant.PublicKey!, out var age) && now - TimeSpan.FromSeconds(Math.Min(age, 1e9)) is var at && (plant.LastHandshakeAt is not { } known || at - known > Granularity))
            {
                // Of that edge: another may have enrolled, or the plant been removed, since it was read.
                await db.Plants.Where(p => p.Id == plant.Id && p.PublicKey == plant.PublicKey).ExecuteUpdateAsync(p => p.SetProperty(x => x.LastHandshakeAt, at), cancellationToken);
            }
        }
    }
}
