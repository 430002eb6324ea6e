using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Plants;

/// <param name="Notice">What the admin must know that is not done yet; null: all is.</param>
public sealed record RemovedPlant(string? Notice);

/// <summary>
/// Takes services, assets and plants out of use. Their rows stay, since recordings refer to them; their credentials do
/// not. What is archived first cannot be connected to any more, so that nothing new begins while the old is ended; when
/// that is broken off, <see cref="RemovalSweeper"/> goes on with it.
/// </summary>
public sealed class PlantRemoval(PortalDbFactory factory, RemovalSweeper sweeper, Enrollment enrollment, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    /// <summary>By service, of one plant.</summary>
    public async Task<IReadOnlyDictionary<Guid, Usage>> UsageAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var services = db.Services.Where(s => s.ArchivedAt == null && db.Assets.Any(a => a.Id == s.AssetId && a.PlantId == plantId));
        return await services.Select(s => new
        {
            s.Id,
            Sessions = db.Sessions.Count(x => x.ServiceId == s.Id && x.State != SessionState.Ended),
            Grants = db.Grants.Count(x => x.ServiceId == s.Id && x.RevokedAt == null && x.EndsAt > now),
            Requests = db.AccessRequests.Count(x => x.ServiceId == s.Id && x.State == AccessRequestState.Pending && x.EndsAt > now),
        }).ToDictionaryAsync(s => s.Id, s => new Usage(s.Sessions, s.Grants, s.Requests), cancellationToken);
    }

    /// <returns>Null when it was done; else why not, for the admin.</returns>
    public async Task<string?> RemoveServiceAsync(Actor actor, Guid serviceId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var known = await (from s in db.Services join a in db.Assets on s.AssetId equals a.Id where s.Id == serviceId select new { a.PlantId, a.Id, Name = $"{s.Name}, {a.Name}" }).FirstOrDefaultAsync(cancellationToken);
        return known is not null && await RemoveAsync(actor, db, known.PlantId, known.Id, serviceId, known.Name, cancellationToken) ? null : "This service was removed before.";
    }

    /// <returns>Null when it was done; else why not, for the admin.</returns>
    public async Task<string?> RemoveAssetAsync(Actor actor, Guid assetId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var known = await (from a in db.Assets join p in db.Plants on a.PlantId equals p.Id where a.Id == assetId select new { a.PlantId, Name = $"{a.Name}, {p.Name}" }).FirstOrDefaultAsync(cancellationToken);
        return known is not null && await RemoveAsync(actor, db, known.PlantId, assetId, null, known.Name, cancellationToken) ? null : "This asset was removed before.";
    }

    public async Task<Outcome<RemovedPlant>> RemovePlantAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var plant = await db.Plants.AsNoTracking().FirstOrDefaultAsync(p => p.Id == plantId, cancellationToken);
        if (plant is null)
        {
            return "This plant was removed before.";
        }

        var removed = await RemoveAsync(actor, db, plantId, null, null, plant.Name, cancellationToken);
        if (!removed && plant.PublicKey is null)
        {
            return "This plant was removed before.";
        }

        // The tunnel last: sessions have ended in order, over it.
        if (await enrollment.EndAsync(plant, CancellationToken.None) is not { } kept)
        {
            return new RemovedPlant(null);
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.EnrollmentEnded, "plant", plantId, plant.Name, AuditResult.Failed, $"Its edge is cut off as soon as the hub can be told: {kept}"), CancellationToken.None);
        return new RemovedPlant($"{plant.Name} was removed, and nobody can work there. Its edge is cut off as soon as the hub can be told: {kept}");
    }

    /// <returns>False when there was nothing left to do.</returns>
    private async Task<bool> RemoveAsync(Actor actor, PortalDb db, Guid plantId, Guid? assetId, Guid? serviceId, string name, CancellationToken cancellationToken)
    {
        var archived = await ArchiveAsync(actor, plantId, assetId, serviceId, cancellationToken);
        var services = await db.Services
            .Where(s => db.Assets.Any(a => a.Id == s.AssetId && a.PlantId == plantId) && (assetId == null || s.AssetId == assetId) && (serviceId == null || s.Id == serviceId))
            .Select(s => s.Id).ToListAsync(CancellationToken.None);
        var left = await sweeper.EndAsync(actor, services, $"An admin removed {name}.");
        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return archived || left;
    }

    // Archived and in the audit log, or neither: the rest can be seen from the rows, and be done again.
    private async Task<bool> ArchiveAsync(Actor actor, Guid plantId, Guid? assetId, Guid? serviceId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var entries = new List<AuditEvent>();
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await RowLocks.PlantAsync(db, plantId, cancellationToken) is not { } plant)
        {
            return false;
        }

        var assets = (await RowLocks.AssetsAsync(db, plantId, cancellationToken)).Where(a => assetId is null || a.Id == assetId).ToDictionary(a => a.Id);
        foreach (var service in (await RowLocks.ServicesAsync(db, [.. assets.Keys], cancellationToken)).Where(s => serviceId is null || s.Id == serviceId))
        {
            (service.ArchivedAt, service.SealedCredential) = (now, []);
            service.Version++;
            entries.Add(AuditEvent.By(actor, AuditAction.ServiceRemoved, "service", service.Id, $"{service.Name}, {assets[service.AssetId].Name}", reason: serviceId is null ? "It goes with its asset, and its credential with it." : null));
        }

        foreach (var asset in assets.Values.Where(_ => serviceId is null))
        {
            asset.ArchivedAt = now;
            asset.Version++;
            entries.Add(AuditEvent.By(actor, AuditAction.AssetRemoved, "asset", asset.Id, $"{asset.Name}, {plant.Name}", reason: assetId is null ? "It goes with its plant." : null));
        }

        if (assetId is null)
        {
            plant.ArchivedAt = now;
            plant.Version++;
            entries.Add(AuditEvent.By(actor, AuditAction.PlantRemoved, "plant", plantId, plant.Name));
        }

        await db.SaveChangesAsync(cancellationToken);
        foreach (var entry in entries)
        {
            await audit.AppendAsync(db, entry, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return entries.Count > 0;
    }
}
