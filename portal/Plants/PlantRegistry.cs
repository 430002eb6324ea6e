using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Overlay;
using IPNetwork = System.Net.IPNetwork;

namespace Sallyport.Portal.Plants;

/// <param name="Error">For a person; null when it was done.</param>
public sealed record Outcome<T>(T? Value, string? Error)
    where T : class
{
    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(string error) => new(null, error);
}

/// <summary>Plants: added by an admin, with a prefix of their own in the overlay and a one-time code for their edge.</summary>
public sealed class PlantRegistry(PortalDbFactory factory, Enrollment enrollment, AuditLog audit, TimeProvider time)
{
    private static readonly IPNetwork[] Private = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16")];

    public async Task<Outcome<Plant>> AddAsync(Actor actor, string name, string lan, bool releaseRequired, CancellationToken cancellationToken)
    {
        actor = await factory.ProveAsync(actor, Policies.Admin, cancellationToken);
        if (name.Trim() is not { Length: > 0 and <= 100 } cleanName)
        {
            return "Give the plant a name of at most 100 characters.";
        }

        if (!Ipv4.TryNetwork(lan.Trim(), out var prefix)
            || prefix.PrefixLength is < 16 or > 30 || !Array.Exists(Private, range => range.Contains(prefix.BaseAddress)))
        {
            return "Give the plant's network as a private IPv4 prefix between /16 and /30, such as 192.168.10.0/24.";
        }

        await using var db = factory.ForSystem();
        if (await db.Hubs.AsNoTracking().OrderBy(h => h.CreatedAt).FirstOrDefaultAsync(cancellationToken) is not { } hub)
        {
            return "There is no hub yet. Start one with deploy/up, or add one with “deploy/portal component add --kind hub”.";
        }

        // Addresses are given out one plant at a time, across all tenants and portals.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(6402116736)", cancellationToken);

        // A removed plant keeps its addresses until its edge is known to be no peer any more.
        var others = await db.Plants.AsNoTracking().Where(p => p.ArchivedAt == null || p.PublicKey != null).Select(p => new { p.VirtualPrefix, p.TunnelAddress }).ToListAsync(cancellationToken);
        if (OverlayAddresses.FreePrefix(prefix.PrefixLength, others.Select(o => o.VirtualPrefix)) is not { } virtualPrefix
            || OverlayAddresses.FreeTunnelAddress(others.Select(o => o.TunnelAddress).ToHashSet()) is not { } tunnelAddress)
        {
            return "The overlay has no free prefix of that size any more. Choose a smaller network for this plant.";
        }

        var plant = new Plant
        {
            TenantId = actor.TenantId,
            Name = cleanName,
            LanPrefix = prefix,
            VirtualPrefix = virtualPrefix,
            TunnelAddress = tunnelAddress,
            HubId = hub.Id,
            ReleaseRequired = releaseRequired,
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(plant);
        db.Add(AccessPolicies.Usual(plant));
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return $"There is already a plant called {cleanName}.";
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.PlantAdded, "plant", plant.Id, plant.Name, reason: $"Network {prefix}, in the overlay {virtualPrefix}"), cancellationToken);
        return plant;
    }

    /// <summary>A one-time code for the plant's edge; voids the one before.</summary>
    public async Task<Outcome<string>> NewCodeAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        if (await FindAsync(actor, plantId, cancellationToken) is not { } plant)
        {
            return new Outcome<string>(null, "This plant does not exist.");
        }

        var code = await enrollment.NewCodeAsync(EnrollmentKind.Plant, plant.Id, null, cancellationToken);
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.EnrollmentCodeMade, "plant", plant.Id, plant.Name), cancellationToken);
        return new Outcome<string>(code, null);
    }

    public async Task<Plant?> FindAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        return await db.Plants.AsNoTracking().FirstOrDefaultAsync(p => p.Id == plantId && p.ArchivedAt == null, cancellationToken);
    }

    public async Task<IReadOnlyList<(Plant Plant, int Assets)>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var plants = await db.Plants.AsNoTracking().Where(p => p.ArchivedAt == null).OrderBy(p => p.Name).Select(p => new { Plant = p, Assets = db.Assets.Count(a => a.PlantId == p.Id && a.ArchivedAt == null) }).ToListAsync(cancellationToken);
        return [.. plants.Select(p => (p.Plant, p.Assets))];
    }

    public async Task<string?> SetReleaseRequiredAsync(Actor actor, Guid plantId, bool required, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        if (await FindAsync(actor, plantId, cancellationToken) is not { } plant)
        {
            return "This plant does not exist.";
        }

        await db.Plants.Where(p => p.Id == plantId).ExecuteUpdateAsync(p => p.SetProperty(x => x.ReleaseRequired, required), cancellationToken);
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.PlantChanged, "plant", plant.Id, plant.Name, reason: required ? "Sessions need a release." : "Sessions need no release."), cancellationToken);
        return null;
    }

    public async Task<IReadOnlyList<(User User, bool Assigned)>> OperatorsAsync(Actor actor, Guid plantId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var assigned = await db.PlantOperators.Where(o => o.PlantId == plantId).Select(o => o.UserId).ToListAsync(cancellationToken);
        var users = await db.People.AsNoTracking().Where(u => u.DisabledAt == null).OrderBy(u => u.Name).ToListAsync(cancellationToken);
        return [.. users.Where(u => u.Roles.Contains(Role.Operator)).Select(u => (u, assigned.Contains(u.Id)))];
    }

    public async Task<string?> SetOperatorAsync(Actor actor, Guid plantId, Guid userId, bool assigned, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var plant = await FindAsync(actor, plantId, cancellationToken);
        var user = await db.People.FirstOrDefaultAsync(u => u.Id == userId, cancellationToken);
        if (plant is null || user is null || !user.Roles.Contains(Role.Operator))
        {
            return "Only users with the role Operator can be operators of a plant.";
        }

        var row = await db.PlantOperators.FirstOrDefaultAsync(o => o.PlantId == plantId && o.UserId == userId, cancellationToken);
        if (assigned && row is null)
        {
            db.Add(new PlantOperator { TenantId = actor.TenantId, PlantId = plantId, UserId = userId });
        }
        else if (!assigned && row is not null)
        {
            db.Remove(row);
        }

        await db.SaveChangesAsync(cancellationToken);
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.PlantChanged, "plant", plant.Id, plant.Name, reason: $"{user.Name} {(assigned ? "is now" : "is no longer")} an operator."), cancellationToken);
        return null;
    }
}
