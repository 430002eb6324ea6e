using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Sessions;

/// <summary>Sessions as people look at them.</summary>
public sealed class SessionDirectory(PortalDbFactory factory, SessionEndings endings)
{
    public async Task<IReadOnlyList<SessionListing>> RunningAsync(Actor actor, bool own, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        return await SessionListing.Query(db).AsNoTracking().Where(l => l.Session.State != SessionState.Ended && (!own || l.Session.UserId == actor.UserId)).OrderBy(l => l.Session.CreatedAt).ToListAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<SessionListing>> OfAssetAsync(Actor actor, Guid assetId, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        return await SessionListing.Query(db).AsNoTracking().Where(l => l.Session.AssetId == assetId).OrderByDescending(l => l.Session.CreatedAt).Take(20).ToListAsync(cancellationToken);
    }

    /// <summary>One's own session only.</summary>
    public async Task<SessionListing?> FindOwnAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        return await SessionListing.Query(db).AsNoTracking().FirstOrDefaultAsync(l => l.Session.Id == sessionId && l.Session.UserId == actor.UserId, cancellationToken);
    }

    /// <summary>Where a web session's bar is, in the gateway's web domain; null for sessions of other kinds, which have no address of their own.</summary>
    public async Task<string?> WebAddressAsync(SessionListing listing, CancellationToken cancellationToken)
    {
        if (listing is not { Kind: ServiceKind.Web, Session.GatewayId: { } gatewayId })
        {
            return null;
        }

        await using var db = factory.ForSystem();
        return await db.Gateways.Where(g => g.Id == gatewayId).Select(g => g.WebOrigin).FirstOrDefaultAsync(cancellationToken) is { } origin
            ? new WebOrigins(new Uri(origin)).Bar(listing.Session.Id)
            : null;
    }

    public async Task<string?> EndAsync(Actor actor, Guid sessionId, string reason, CancellationToken cancellationToken) =>
        !actor.Is(Role.Admin) ? "Only an admin ends sessions of others."
        : await endings.EndAsync(sessionId, SessionEndReason.EndedByAdmin, $"An admin ended the session: {reason}", actor, cancellationToken) ? null : "This session is over already.";

    /// <summary>By its own user, before or while it runs.</summary>
    public async Task EndOwnAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        if (await FindOwnAsync(actor, sessionId, cancellationToken) is not null)
        {
            await endings.EndAsync(sessionId, SessionEndReason.User, "You ended the session.", actor, cancellationToken);
        }
    }
}
