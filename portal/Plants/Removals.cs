using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Plants;

/// <summary>
/// Takes services, assets and plants out of use. Their rows stay, since recordings refer to them; their credentials do
/// not. What is archived first cannot be connected to any more, so that nothing new begins while the old is ended.
/// </summary>
public sealed class Removals(PortalDbFactory factory, SessionEndings endings, Grants grants, AccessRequests requests, Enrollment enrollment, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    /// <summary>By service, of one plant.</summary>
    public async Task<IReadOnlyDictionary<Guid, Usage>> UsageAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = factory.For(actor);
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
        await using var db = factory.For(actor);
        var name = await (from s in db.Services join a in db.Assets on s.AssetId equals a.Id where s.Id == serviceId select $"{s.Name}, {a.Name}").FirstOrDefaultAsync(cancellationToken);
        if (name is null || await ArchiveServicesAsync(db, s => s.Id == serviceId, cancellationToken) == 0)
        {
            return "This service was removed before.";
        }

        await EndUseAsync(actor, db, s => s.Id == serviceId, $"An admin removed {name}.");
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.ServiceRemoved, "service", serviceId, name), CancellationToken.None);
        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return null;
    }

    /// <returns>Null when it was done; else why not, for the admin.</returns>
    public async Task<string?> RemoveAssetAsync(Actor actor, Guid assetId, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        var name = await (from a in db.Assets join p in db.Plants on a.PlantId equals p.Id where a.Id == assetId select $"{a.Name}, {p.Name}").FirstOrDefaultAsync(cancellationToken);
        if (name is null || await ArchiveAssetsAsync(db, a => a.Id == assetId, cancellationToken) == 0)
        {
            return "This asset was removed before.";
        }

        await ArchiveServicesAsync(db, s => s.AssetId == assetId, CancellationToken.None);
        await EndUseAsync(actor, db, s => s.AssetId == assetId, $"An admin removed {name}.");
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.AssetRemoved, "asset", assetId, name), CancellationToken.None);
        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return null;
    }

    /// <returns>Null when it was done; else why not, for the admin.</returns>
    public async Task<string?> RemovePlantAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = factory.For(actor);
        var plant = await db.Plants.AsNoTracking().FirstOrDefaultAsync(p => p.Id == plantId, cancellationToken);
        if (plant is null || await db.Plants.Where(p => p.Id == plantId && p.ArchivedAt == null).ExecuteUpdateAsync(p => p.SetProperty(x => x.ArchivedAt, now).SetProperty(x => x.Version, x => x.Version + 1), cancellationToken) == 0)
        {
            return "This plant was removed before.";
        }

        await ArchiveAssetsAsync(db, a => a.PlantId == plantId, CancellationToken.None);
        await ArchiveServicesAsync(db, s => db.Assets.Any(a => a.Id == s.AssetId && a.PlantId == plantId), CancellationToken.None);
        await EndUseAsync(actor, db, s => db.Assets.Any(a => a.Id == s.AssetId && a.PlantId == plantId), $"An admin removed {plant.Name}.");

        // The tunnel last: sessions have ended in order, over it.
        var kept = await enrollment.EndAsync(plant, CancellationToken.None);
        await audit.AppendAsync(
            AuditEvent.By(actor, AuditAction.PlantRemoved, "plant", plantId, plant.Name, reason: kept is null ? "Its edge is no peer any more." : $"Its edge is cut off as soon as the hub can be told: {kept}"),
            CancellationToken.None);
        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return null;
    }

    private Task<int> ArchiveAssetsAsync(PortalDb db, Expression<Func<Asset, bool>> which, CancellationToken cancellationToken) =>
        db.Assets.Where(a => a.ArchivedAt == null).Where(which).ExecuteUpdateAsync(a => a.SetProperty(x => x.ArchivedAt, time.GetUtcNow()).SetProperty(x => x.Version, x => x.Version + 1), cancellationToken);

    private Task<int> ArchiveServicesAsync(PortalDb db, Expression<Func<Service, bool>> which, CancellationToken cancellationToken)
    {
        byte[] none = [];
        return db.Services.Where(s => s.ArchivedAt == null).Where(which).ExecuteUpdateAsync(
            s => s.SetProperty(x => x.ArchivedAt, time.GetUtcNow()).SetProperty(x => x.Version, x => x.Version + 1).SetProperty(x => x.SealedCredential, none), cancellationToken);
    }

    private async Task EndUseAsync(Actor actor, PortalDb db, Expression<Func<Service, bool>> which, string message)
    {
        var services = await db.Services.Where(which).Select(s => s.Id).ToListAsync(CancellationToken.None);
        await endings.EndAllAsync(s => services.Contains(s.ServiceId), SessionEndReason.Revoked, message, CancellationToken.None);
        var now = time.GetUtcNow();
        foreach (var grant in await db.Grants.Where(g => services.Contains(g.ServiceId) && g.RevokedAt == null && g.EndsAt > now).Select(g => g.Id).ToListAsync(CancellationToken.None))
        {
            await grants.RevokeAsync(actor, grant, message, CancellationToken.None);
        }

        await requests.DenyAllAsync(actor, services, message, CancellationToken.None);
    }
}
