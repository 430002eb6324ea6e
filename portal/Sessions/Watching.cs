using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Contracts.Tickets;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Sessions;

/// <summary>Lets admins and compliance staff look at a running session: read-only, known to its user, and recorded.</summary>
public sealed class Watching(PortalDbFactory factory, KeyFolder keys, AuditLog audit, TimeProvider time)
{
    /// <summary>A ticket for one look. Admins and compliance staff; nobody watches themselves.</summary>
    public async Task<Outcome<IssuedTicket>> IssueTicketAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Oversight, cancellationToken);
        var session = await db.Sessions.AsNoTracking().FirstOrDefaultAsync(s => s.Id == sessionId, cancellationToken);
        if (session is null || session.State != SessionState.Active)
        {
            return session is null ? "This session does not exist." : "This session is not running.";
        }

        if (session.UserId == actor.UserId)
        {
            const string refusal = "This is your own session.";
            await audit.AppendAsync(AuditEvent.By(actor, AuditAction.SessionWatched, "session", sessionId, await SessionNames.OfAsync(db, session, cancellationToken), AuditResult.Refused, refusal), cancellationToken);
            return refusal;
        }

        var now = time.GetUtcNow();
        var watch = new Watch { TenantId = actor.TenantId, SessionId = sessionId, UserId = actor.UserId, SignInId = actor.SignInId, TicketId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), IssuedAt = now };
        db.Add(watch);
        await db.SaveChangesAsync(cancellationToken);
        var gateway = await db.Gateways.AsNoTracking().FirstAsync(g => g.Id == session.GatewayId, cancellationToken);
        using var key = keys.Signing("tickets");
        var ticket = new Ticket(watch.TicketId, gateway.Id, sessionId, now.ToUnixTimeSeconds(), (now + Ticket.Lifetime).ToUnixTimeSeconds(), session.EndsAt.ToUnixTimeSeconds(), TicketUse.Watch);
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.TicketIssued, "session", sessionId, "watch"), cancellationToken);
        return new IssuedTicket(ticket.Sign(PublicKey.Of(key).KeyId, key), gateway.Url);
    }

    /// <summary>Takes a watcher's ticket, once, ever.</summary>
    /// <returns>Null when it was used before, or is not what it says.</returns>
    public async Task<WatchSpec?> RedeemAsync(Guid gatewayId, TicketRedemption redemption, CancellationToken cancellationToken)
    {
        using var key = keys.Signing("tickets");
        var keyId = PublicKey.Of(key).KeyId;
        var now = time.GetUtcNow();
        var (ticket, fault) = Ticket.Check(redemption.Ticket, gatewayId, now, kid => kid == keyId ? key : null);
        if (fault is not null || ticket!.Use != TicketUse.Watch)
        {
            await RefusedAsync(ticket?.Sub, redemption, cancellationToken);
            return null;
        }

        await using var db = factory.ForSystem();
        var redeemed = await db.Watches.Where(w => w.TicketId == ticket.Jti && w.SessionId == ticket.Sub && w.RedeemedAt == null && w.EndedAt == null).ExecuteUpdateAsync(w => w.SetProperty(x => x.RedeemedAt, now), cancellationToken);
        var found = redeemed == 0 ? null : await (
            from w in db.Watches.AsNoTracking()
            join u in db.People on w.UserId equals u.Id
            join s in db.Sessions on w.SessionId equals s.Id
            where w.TicketId == ticket.Jti && s.State == SessionState.Active && s.GatewayId == gatewayId && u.DisabledAt == null
            select new { Watch = w, User = u, Session = s }).FirstOrDefaultAsync(cancellationToken);
        if (found is null || !(found.User.Roles.Contains(Role.Admin) || found.User.Roles.Contains(Role.Compliance)))
        {
            await RefusedAsync(ticket.Sub, redemption, cancellationToken);
            return null;
        }

        await audit.AppendAsync(
            AuditEvent.BySystem(found.User.Name, found.Session.TenantId, AuditAction.SessionWatched, "session", found.Session.Id.ToString(), await SessionNames.OfAsync(db, found.Session, cancellationToken)) with { ActorId = found.User.Id, Address = redemption.ClientAddress },
            cancellationToken);
        return new WatchSpec(found.Session.Id, found.Watch.Id, new PartyName(found.User.Id, found.User.Name));
    }

    private async Task RefusedAsync(Guid? sessionId, TicketRedemption redemption, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var tenantId = sessionId is { } id ? await db.Sessions.Where(s => s.Id == id).Select(s => (Guid?)s.TenantId).FirstOrDefaultAsync(cancellationToken) : null;
        const string reason = "A watcher's ticket is not valid, was used before, or what it was for is over.";
        await audit.AppendAsync(AuditEvent.BySystem("gateway", tenantId, AuditAction.TicketRefused, "session", sessionId?.ToString() ?? "", "watch ticket", AuditResult.Refused, reason) with { Address = redemption.ClientAddress }, cancellationToken);
    }
}
