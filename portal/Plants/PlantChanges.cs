using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Plants;

/// <summary>What an admin says of a plant that there is. Its network stays: the edge and every asset's address hang on it.</summary>
/// <param name="LongestHours">The longest window that may be asked for.</param>
/// <param name="FarthestDays">How far ahead a window may begin.</param>
public sealed record PlantSpec(string Name, double LongestHours, int FarthestDays);

/// <summary>Changes a plant's name and its policy.</summary>
public sealed class PlantChanges(PortalDbFactory factory, AuditLog audit, ChangeFeed changes)
{
    public const int MostHours = 7 * 24;
    public const int MostDays = 365;

    /// <summary>Null for a plant that there is not.</summary>
    public async Task<PlantSpec?> ReadAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        var found = await (from p in db.Plants join a in db.AccessPolicies on p.Id equals a.PlantId where p.Id == plantId select new { p.Name, a.LongestWindow, a.FarthestStart }).FirstOrDefaultAsync(cancellationToken);
        return found is null ? null : new PlantSpec(found.Name, found.LongestWindow.TotalHours, (int)found.FarthestStart.TotalDays);
    }

    /// <param name="version">That of the plant which the admin saw.</param>
    public async Task<Outcome<Plant>> SaveAsync(Actor actor, Guid plantId, PlantSpec spec, int version, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        var plant = await db.Plants.FirstOrDefaultAsync(p => p.Id == plantId && p.ArchivedAt == null, cancellationToken);
        if (plant is null)
        {
            return "This plant was removed.";
        }

        if (plant.Version != version)
        {
            return Edits.Overtaken(plant.Name);
        }

        if (spec.Name.Trim() is not { Length: > 0 and <= 100 } name)
        {
            return "Give the plant a name of at most 100 characters.";
        }

        if (spec is not { LongestHours: >= 0.25 and <= MostHours, FarthestDays: >= 1 and <= MostDays })
        {
            return $"A window is a quarter of an hour to {MostHours} hours long, and begins at most {MostDays} days ahead.";
        }

        var policy = await db.AccessPolicies.FirstAsync(p => p.PlantId == plantId, cancellationToken);
        var (longest, farthest) = (TimeSpan.FromHours(spec.LongestHours), TimeSpan.FromDays(spec.FarthestDays));
        var named = Edits.Detail(("name", plant.Name, name));
        var ruled = Edits.Detail(("longestWindow", policy.LongestWindow, longest), ("farthestStart", policy.FarthestStart, farthest));
        (plant.Name, policy.LongestWindow, policy.FarthestStart) = (name, longest, farthest);
        plant.Version++;
        if (await Edits.SaveAsync(db, plant.Name, $"There is already a plant called {name}.", cancellationToken) is { } error)
        {
            return error;
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.PlantChanged, "plant", plant.Id, plant.Name, detail: named), CancellationToken.None);
        if (ruled.Count > 0)
        {
            await audit.AppendAsync(AuditEvent.By(actor, AuditAction.PolicyChanged, "plant", plant.Id, plant.Name, detail: ruled), CancellationToken.None);
        }

        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return plant;
    }
}
