using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What people see of sign-ins and do about them: everybody of their own, an admin of their people's.</summary>
public sealed class UserSignIns(PortalDbFactory factory, SignIns signIns)
{
    private const int MaxShown = 50;

    /// <summary>The actor's own: first those that last, the last seen first; then those that ended lately.</summary>
    public async Task<IReadOnlyList<PortalSignIn>> OwnAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        return await ListAsync(db, actor.UserId, cancellationToken);
    }

    /// <summary>One of the actor's own, which may be the one that they act by.</summary>
    public async Task EndAsync(Actor actor, Guid signInId, CancellationToken cancellationToken)
    {
        actor = await factory.ProveAsync(actor, Policies.SignedIn, cancellationToken);
        await signIns.EndAsync(actor.UserId, signInId, signInId == actor.SignInId ? SignInEnd.SignedOut : SignInEnd.SignedOutElsewhere, actor, cancellationToken);
    }

    /// <summary>All of the actor's own but the one that they act by.</summary>
    public async Task EndOthersAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        foreach (var other in await db.SignIns.Where(s => s.UserId == actor.UserId && s.Id != actor.SignInId && s.EndedAt == null).Select(s => s.Id).ToListAsync(cancellationToken))
        {
            await signIns.EndAsync(actor.UserId, other, SignInEnd.SignedOutElsewhere, actor, cancellationToken);
        }
    }

    /// <summary>Those of one of an admin's people.</summary>
    /// <returns>Null when there is no such user.</returns>
    public async Task<(User User, IReadOnlyList<PortalSignIn> SignIns)?> OfUserAsync(Actor admin, Guid userId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(admin, Policies.Admin, cancellationToken);
        return await db.People.AsNoTracking().FirstOrDefaultAsync(u => u.Id == userId, cancellationToken) is { } user ? (user, await ListAsync(db, userId, cancellationToken)) : null;
    }

    /// <summary>All of one of an admin's people, with all that runs for them.</summary>
    /// <returns>For the admin; null when it was done.</returns>
    public async Task<string?> EndAllAsync(Actor admin, Guid userId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(admin, Policies.Admin, cancellationToken);
        if (!await db.People.AnyAsync(u => u.Id == userId, cancellationToken))
        {
            return "This user does not exist any more.";
        }

        await signIns.EndAllAsync(userId, SignInEnd.SignedOutByAdmin, admin, cancellationToken);
        return null;
    }

    private static async Task<IReadOnlyList<PortalSignIn>> ListAsync(PortalDb db, Guid userId, CancellationToken cancellationToken) =>
        await db.SignIns.AsNoTracking().Where(s => s.UserId == userId).OrderBy(s => s.EndedAt != null).ThenByDescending(s => s.EndedAt).ThenByDescending(s => s.LastSeenAt).Take(MaxShown).ToListAsync(cancellationToken);
}
