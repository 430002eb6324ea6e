using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Data;

/// <summary>Opens a <see cref="PortalDb"/> for one unit of work; the caller disposes it.</summary>
public sealed class PortalDbFactory(NpgsqlDataSource dataSource)
{
    private readonly DbContextOptions<PortalDb> _options = new DbContextOptionsBuilder<PortalDb>()
        .UseNpgsql(dataSource)
        .UseSnakeCaseNames()
        .Options;

    /// <summary>
    /// Sees and writes rows of the actor's tenant only, and is opened only for who may, by the database and not by what the
    /// caller remembers: nobody gets at data by a right that they have lost.
    /// </summary>
    /// <param name="policy">One of <see cref="Policies"/>.</param>
    /// <exception cref="AccessRefusedException">The actor may not, or not any more.</exception>
    public async Task<PortalDb> ForAsync(Actor actor, string policy, CancellationToken cancellationToken)
    {
        var db = new PortalDb(_options, TenantScope.Of(actor.TenantId));
        try
        {
            await ProveAsync(db, actor, policy, cancellationToken);
            return db;
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same check for who needs no rows. Gives the actor with the name and roles that they have now.</summary>
    /// <exception cref="AccessRefusedException">The actor may not, or not any more.</exception>
    public async Task<Actor> ProveAsync(Actor actor, string policy, CancellationToken cancellationToken)
    {
        await using var db = new PortalDb(_options, TenantScope.Of(actor.TenantId));
        return await ProveAsync(db, actor, policy, cancellationToken);
    }

    /// <summary>Sees every tenant's rows: for the portal's own work only (control link, timers, sign-in).</summary>
    public PortalDb ForSystem() => new(_options, TenantScope.System);

    private static async Task<Actor> ProveAsync(PortalDb db, Actor actor, string policy, CancellationToken cancellationToken)
    {
        var user = await db.People.AsNoTracking().Where(u => u.Id == actor.UserId).Select(u => new { u.Name, u.Roles, u.DisabledAt, SignedIn = actor.SignInId == null || db.SignIns.Any(s => s.Id == actor.SignInId && s.UserId == u.Id && s.EndedAt == null) }).FirstOrDefaultAsync(cancellationToken);
        return user is not { DisabledAt: null } ? throw new AccessRefusedException(AccessRefusal.Disabled)
            : !user.SignedIn ? throw new AccessRefusedException(AccessRefusal.SignedOut)
            : !Policies.Allow(policy, user.Roles) ? throw new AccessRefusedException(AccessRefusal.NotAllowed)
            : actor with { Name = user.Name, Roles = user.Roles.ToHashSet() };
    }
}
