using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Access;

/// <summary>Grants in force, and the lockouts that stand against them.</summary>
public sealed class Grants(PortalDbFactory factory, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    /// <summary>Raised after a grant was revoked: its sessions must end.</summary>
    public event Func<Guid, string, CancellationToken, Task>? Revoked;

    public async Task<IReadOnlyList<GrantSummary>> InForceAsync(Actor actor, bool own, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await factory.ForAsync(actor, own ? Policies.SignedIn : Policies.Oversight, cancellationToken);
        return await (
            from g in db.Grants.AsNoTracking()
            join u in db.People on g.UserId equals u.Id
            join s in db.Services on g.ServiceId equals s.Id
            join a in db.Assets on s.AssetId equals a.Id
            join p in db.Plants on a.PlantId equals p.Id
            where g.RevokedAt == null && g.EndsAt > now && s.ArchivedAt == null && (!own || g.UserId == actor.UserId)
            orderby g.StartsAt
            select new GrantSummary(g, u.Name, s.Name, a.Name, a.Id, p)).ToListAsync(cancellationToken);
    }

    public async Task<string?> RevokeAsync(Actor actor, Guid grantId, string reason, CancellationToken cancellationToken)
    {
        actor = await factory.ProveAsync(actor, Policies.Admin, cancellationToken);
        if (!await RevokeAsync(actor, actor.TenantId, grantId, reason, cancellationToken))
        {
            return "This grant is over already.";
        }

        await changes.PublishAsync(actor.TenantId, cancellationToken);
        return null;
    }

    /// <summary>Those for services which are no more.</summary>
    /// <param name="by">Null: the portal itself.</param>
    /// <returns>How many there were.</returns>
    internal Task<int> RevokeAllAsync(Actor? by, IReadOnlyCollection<Guid> services, string reason, CancellationToken cancellationToken) =>
        RevokeAllAsync(by, g => services.Contains(g.ServiceId), reason, cancellationToken);

    /// <summary>Those of somebody who is disabled, in force or to come; their sessions end with their sign-ins.</summary>
    internal Task<int> RevokeAllAsync(Actor? by, Guid userId, string reason, CancellationToken cancellationToken) =>
        RevokeAllAsync(by, g => g.UserId == userId, reason, cancellationToken, isEnforced: true);

    private async Task<int> RevokeAllAsync(Actor? by, Expression<Func<Grant, bool>> which, string reason, CancellationToken cancellationToken, bool isEnforced = false)
    {
        var (now, revoked) = (time.GetUtcNow(), 0);
        await using var db = factory.ForSystem();
        foreach (var grant in await db.Grants.Where(which).Where(g => g.RevokedAt == null && g.EndsAt > now).Select(g => new { g.Id, g.TenantId }).ToListAsync(cancellationToken))
        {
            revoked += await RevokeAsync(by, grant.TenantId, grant.Id, reason, cancellationToken, isEnforced) ? 1 : 0;
        }

        return revoked;
    }

    private async Task<bool> RevokeAsync(Actor? by, Guid tenantId, Guid grantId, string reason, CancellationToken cancellationToken, bool isEnforced = false)
    {
        var now = time.GetUtcNow();
        var who = by?.UserId;
        await using (var db = factory.ForSystem())
        {
            var revoked = await db.Grants.Where(g => g.Id == grantId && g.TenantId == tenantId && g.RevokedAt == null && g.EndsAt > now).ExecuteUpdateAsync(
                g => g.SetProperty(x => x.RevokedAt, now).SetProperty(x => x.RevokedById, who).SetProperty(x => x.RevokeReason, reason), cancellationToken);
            if (revoked == 0)
            {
                return false;
            }
        }

        // Whatever fails in one of them: the others run, and it is in the log.
        var enforced = Task.WhenAll((isEnforced ? null : Revoked)?.GetInvocationList().Cast<Func<Guid, string, CancellationToken, Task>>().Select(handler => handler(grantId, reason, CancellationToken.None)) ?? []);
        await audit.AppendAsync(AuditEvent.By(by, tenantId, AuditAction.GrantRevoked, "grant", grantId, "grant", reason: reason), CancellationToken.None);
        await enforced;
        return true;
    }

    public async Task<IReadOnlyList<LockoutSummary>> LockoutsAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Oversight, cancellationToken);
        return await (
            from l in db.Lockouts.AsNoTracking()
            join u in db.People on l.UserId equals u.Id
            join placer in db.People on l.PlacedById equals placer.Id
            join a in db.Assets on l.AssetId equals a.Id
            where l.LiftedAt == null
            orderby l.PlacedAt
            select new LockoutSummary(l, u.Name, placer.Name, a.Name)).ToListAsync(cancellationToken);
    }

    /// <summary>The actor's own, by the asset's id.</summary>
    public async Task<IReadOnlyDictionary<Guid, Lockout>> OwnLockoutsAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        return await db.Lockouts.AsNoTracking().Where(l => l.UserId == actor.UserId && l.LiftedAt == null).ToDictionaryAsync(l => l.AssetId, cancellationToken);
    }

    internal async Task PlaceLockoutAsync(Actor actor, Guid userId, Guid assetId, string reason, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Operator, cancellationToken);
        if (await db.Lockouts.AnyAsync(l => l.UserId == userId && l.AssetId == assetId && l.LiftedAt == null, cancellationToken))
        {
            return;
        }

        db.Add(new Lockout { TenantId = actor.TenantId, UserId = userId, AssetId = assetId, PlacedById = actor.UserId, Reason = reason, PlacedAt = time.GetUtcNow() });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // Another operator was first; it stands.
            return;
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.LockoutPlaced, "asset", assetId, "asset", reason: reason), cancellationToken);
    }

    public async Task<string?> LiftLockoutAsync(Actor actor, Guid lockoutId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var lifted = await db.Lockouts.Where(l => l.Id == lockoutId && l.LiftedAt == null)
            .ExecuteUpdateAsync(l => l.SetProperty(x => x.LiftedAt, time.GetUtcNow()).SetProperty(x => x.LiftedById, actor.UserId), cancellationToken);
        if (lifted == 0)
        {
            return "This lockout was lifted before.";
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.LockoutLifted, "lockout", lockoutId, "lockout"), cancellationToken);
        await changes.PublishAsync(actor.TenantId, cancellationToken);
        return null;
    }
}

public sealed record GrantSummary(Grant Grant, string User, string Service, string Asset, Guid AssetId, Plants.Plant Plant);

public sealed record LockoutSummary(Lockout Lockout, string User, string PlacedBy, string Asset);
