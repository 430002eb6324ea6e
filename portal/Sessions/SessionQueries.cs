using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Sessions;

/// <summary>Sessions as people look at them.</summary>
public sealed class SessionQueries(PortalDbFactory factory, SessionTerminator terminator)
{
    private const int LongestReason = 500;

    public async Task<IReadOnlyList<SessionSummary>> RunningAsync(Actor actor, bool own, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, own ? Policies.SignedIn : Policies.Oversight, cancellationToken);
        return await SessionSummary.Query(db).AsNoTracking().Where(l => l.Session.State != SessionState.Ended && (!own || l.Session.UserId == actor.UserId)).OrderBy(l => l.Session.CreatedAt).ToListAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<SessionSummary>> OfAssetAsync(Actor actor, Guid assetId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Oversight, cancellationToken);
        return await SessionSummary.Query(db).AsNoTracking().Where(l => l.Session.AssetId == assetId).OrderByDescending(l => l.Session.CreatedAt).Take(20).ToListAsync(cancellationToken);
    }

    /// <summary>One's own session only.</summary>
    public async Task<SessionSummary?> FindOwnAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Technician, cancellationToken);
        return await SessionSummary.Query(db).AsNoTracking().FirstOrDefaultAsync(l => l.Session.Id == sessionId && l.Session.UserId == actor.UserId, cancellationToken);
    }

    /// <summary>Where a web session's bar is, in the gateway's web domain; null for sessions of other kinds, which have no address of their own.</summary>
    public async Task<string?> WebAddressAsync(SessionSummary listing, CancellationToken cancellationToken)
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

    /// <summary>Where browsers reach the gateway of a session that may begin now; null for any other.</summary>
    public async Task<string?> GatewayAddressAsync(SessionSummary listing, CancellationToken cancellationToken)
    {
        if (listing.Session is not { State: SessionState.Ready, GatewayId: { } gatewayId })
        {
            return null;
        }

        await using var db = factory.ForSystem();
        return await db.Gateways.Where(g => g.Id == gatewayId).Select(g => g.Url).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Any session of the tenant, for who may look at what others do.</summary>
    public async Task<SessionSummary?> FindAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Oversight, cancellationToken);
        return await SessionSummary.Query(db).AsNoTracking().FirstOrDefaultAsync(l => l.Session.Id == sessionId, cancellationToken);
    }

    /// <summary>By an admin, or by a reviewer who watches.</summary>
    public async Task<string?> EndAsync(Actor actor, Guid sessionId, string reason, CancellationToken cancellationToken)
    {
        actor = await factory.ProveAsync(actor, Policies.Oversight, cancellationToken);
        var said = reason.Trim() is { Length: > LongestReason } tooLong ? tooLong[..LongestReason] : reason.Trim();
        var message = $"{(actor.Is(Role.Admin) ? "An admin" : "A reviewer")} ended the session: {said}";
        return await terminator.EndAsync(sessionId, SessionEndReason.EndedByAdmin, message, actor, cancellationToken) ? null : "This session is over already.";
    }

    /// <summary>By its own user, before or while it runs.</summary>
    public async Task EndOwnAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        if (await FindOwnAsync(actor, sessionId, cancellationToken) is not null)
        {
            await terminator.EndAsync(sessionId, SessionEndReason.User, "You ended the session.", actor, cancellationToken);
        }
    }
}
