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
public sealed class PlantChanges(PortalDbFactory factory, AccessPolicies policies, AuditLog audit, ChangeFeed changes)
{
    /// <summary>Null for a plant that there is not.</summary>
    public async Task<PlantSpec?> ReadAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        return await policies.FindAsync(actor, plantId, cancellationToken) is { } policy && await db.Plants.Where(p => p.Id == plantId).Select(p => p.Name).FirstOrDefaultAsync(cancellationToken) is { } name
            ? new PlantSpec(name, policy.LongestWindow.TotalHours, (int)policy.FarthestStart.TotalDays)
            : null;
    }

    /// <param name="version">That of the plant which the admin saw.</param>
    public async Task<Outcome<Plant>> SaveAsync(Actor actor, Guid plantId, PlantSpec spec, int version, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var plant = await db.Plants.FirstOrDefaultAsync(p => p.Id == plantId && p.ArchivedAt == null, cancellationToken);
        if (plant is null)
        {
            return "This plant was removed.";
        }

        if (plant.Version != version)
        {
            return OptimisticSave.Overtaken(plant.Name);
        }

        if (spec.Name.Trim() is not { Length: > 0 and <= 100 } name)
        {
            return "Give the plant a name of at most 100 characters.";
        }

        if (AccessPolicies.Fault(spec.LongestHours, spec.FarthestDays) is { } fault)
        {
            return fault;
        }

        var detail = OptimisticSave.Detail(("name", plant.Name, name));
        plant.Name = name;
        plant.Version++;
        if (await OptimisticSave.SaveAsync(db, plant.Name, $"There is already a plant called {name}.", cancellationToken) is { } error)
        {
            return error;
        }

        if (detail.Count > 0)
        {
            await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.PlantChanged, "plant", plant.Id, plant.Name, detail: detail), cancellationToken);
        }

        await policies.ChangeAsync(actor, db, plant, TimeSpan.FromHours(spec.LongestHours), TimeSpan.FromDays(spec.FarthestDays), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return plant;
    }
}
