using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Plants;

/// <summary>
/// What is in use, with its rows held until the transaction ends: who adds something to a plant or an asset, and who
/// removes that, wait for one another, so that nothing is added to what is gone. Always from the plant down.
/// </summary>
internal static class RowLocks
{
    /// <summary>Null: there is none, or not any more.</summary>
    public static async Task<Plant?> PlantAsync(PortalDb db, Guid plantId, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"select 1 from plants where id = {plantId} for no key update", cancellationToken);
        return await db.Plants.FirstOrDefaultAsync(p => p.Id == plantId && p.ArchivedAt == null, cancellationToken);
    }

    /// <summary>Null: there is none, or not any more.</summary>
    public static async Task<Asset?> AssetAsync(PortalDb db, Guid assetId, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"select 1 from assets where id = {assetId} for no key update", cancellationToken);
        return await db.Assets.FirstOrDefaultAsync(a => a.Id == assetId && a.ArchivedAt == null, cancellationToken);
    }

    public static async Task<IReadOnlyList<Asset>> AssetsAsync(PortalDb db, Guid plantId, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"select 1 from assets where plant_id = {plantId} order by id for no key update", cancellationToken);
        return await db.Assets.Where(a => a.PlantId == plantId && a.ArchivedAt == null).ToListAsync(cancellationToken);
    }

    public static async Task<IReadOnlyList<Service>> ServicesAsync(PortalDb db, Guid[] assets, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync($"select 1 from services where asset_id = any({assets}) order by id for no key update", cancellationToken);
        return await db.Services.Where(s => assets.Contains(s.AssetId) && s.ArchivedAt == null).ToListAsync(cancellationToken);
    }
}
