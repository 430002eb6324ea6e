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

    private const int MostDrift = 20;

    /// <summary>What comes back within this time is the same drift, still.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(10);

    public async Task TakeAsync(Guid hubId, HubHealth health, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = factory.ForSystem();
        if (await db.Hubs.FirstOrDefaultAsync(h => h.Id == hubId, cancellationToken) is not { } hub)
        {
            return;
        }

        hub.LastSeenAt = now;
        await TakeDriftAsync(db, hub, [.. health.Drift.Take(MostDrift).Select(text => text.Length > 300 ? text[..300] : text).Distinct(StringComparer.Ordinal)], now, cancellationToken);
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

    // Each has its history: since when, until when, and how often within a short time. What comes again at once is not told again, so that nobody fills the log by it.
    private async Task TakeDriftAsync(PortalDb db, Hub hub, string[] found, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var recently = now - Again;
        var known = await db.HubDrifts.Where(d => d.HubId == hub.Id && (d.HealedAt == null || d.LastSeenAt > recently)).ToListAsync(cancellationToken);
        foreach (var text in found)
        {
            if (known.Find(d => d.Text == text) is { } again)
            {
                (again.Times, again.LastSeenAt, again.HealedAt) = (again.HealedAt is null ? again.Times : again.Times + 1, now, null);
                continue;
            }

            db.Add(new HubDrift { HubId = hub.Id, Text = text, Since = now, LastSeenAt = now });
            await audit.AppendAsync(AuditEvent.BySystem(hub.Name, null, AuditAction.Drift, "hub", hub.Id.ToString(), hub.Name, AuditResult.Failed, text), cancellationToken);
        }

        foreach (var healed in known.Where(d => d.HealedAt is null && !found.Contains(d.Text, StringComparer.Ordinal)))
        {
            healed.HealedAt = now;
        }
    }
}
