using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Access;

/// <summary>What a plant's policy allows to ask for, and how that is changed.</summary>
public sealed class AccessPolicies(PortalDbFactory factory, AuditLog audit)
{
    public const int MostHours = 7 * 24;
    public const int MostDays = 365;

    /// <summary>Null: the plant takes no requests.</summary>
    public async Task<AccessPolicy?> FindAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        return await db.AccessPolicies.AsNoTracking().FirstOrDefaultAsync(p => p.PlantId == plantId, cancellationToken);
    }

    /// <summary>That of a new plant.</summary>
    internal static AccessPolicy Usual(Plant plant) => new() { TenantId = plant.TenantId, PlantId = plant.Id, LongestWindow = TimeSpan.FromHours(8), FarthestStart = TimeSpan.FromDays(14) };

    /// <returns>What is wrong, for the admin; null: nothing.</returns>
    internal static string? Fault(double longestHours, int farthestDays) =>
        longestHours is >= 0.25 and <= MostHours && farthestDays is >= 1 and <= MostDays ? null : $"A window is a quarter of an hour to {MostHours} hours long, and begins at most {MostDays} days ahead.";

    /// <summary>Within the caller's transaction, and last in it. Says nothing when nothing changes.</summary>
    internal async Task ChangeAsync(Actor actor, PortalDb db, Plant plant, TimeSpan longestWindow, TimeSpan farthestStart, CancellationToken cancellationToken)
    {
        var policy = await db.AccessPolicies.FirstAsync(p => p.PlantId == plant.Id, cancellationToken);
        var detail = OptimisticSave.Detail(("longestWindow", policy.LongestWindow, longestWindow), ("farthestStart", policy.FarthestStart, farthestStart));
        if (detail.Count == 0)
        {
            return;
        }

        (policy.LongestWindow, policy.FarthestStart) = (longestWindow, farthestStart);
        await db.SaveChangesAsync(cancellationToken);
        await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.PolicyChanged, "plant", plant.Id, plant.Name, detail: detail), cancellationToken);
    }
}
