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

/// <summary>Moves a running session to another window or browser of its own user: from the desk to the tablet, or out of a window that was lost.</summary>
public sealed class TakeOvers(PortalDbFactory factory, KeyFolder keys, AuditLog audit, TimeProvider time)
{
    /// <summary>A ticket for the session's own user; voids an earlier one that was not redeemed.</summary>
    public async Task<Outcome<IssuedTicket>> IssueTicketAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var ticketId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await using var db = await factory.ForAsync(actor, Policies.Technician, cancellationToken);
        var issued = await db.Sessions.Where(s => s.Id == sessionId && s.UserId == actor.UserId && s.State == SessionState.Active)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.TicketId, ticketId).SetProperty(x => x.TicketIssuedAt, now), cancellationToken);
        if (issued == 0)
        {
            return "This session is not running any more.";
        }

        var session = await db.Sessions.AsNoTracking().FirstAsync(s => s.Id == sessionId, cancellationToken);
        if (await db.Gateways.AsNoTracking().FirstOrDefaultAsync(g => g.Id == session.GatewayId, cancellationToken) is not { } gateway)
        {
            return "The gateway of this session was removed. Connect again.";
        }

        using var key = keys.Signing("tickets");
        var ticket = new Ticket(ticketId, gateway.Id, sessionId, now.ToUnixTimeSeconds(), (now + Ticket.Lifetime).ToUnixTimeSeconds(), session.EndsAt.ToUnixTimeSeconds(), TicketUse.TakeOver, actor.SignInId);
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.TicketIssued, "session", sessionId, "take-over"), cancellationToken);
        return new IssuedTicket(ticket.Sign(PublicKey.Of(key).KeyId, key), gateway.Url);
    }

    /// <summary>Takes such a ticket, once, ever.</summary>
    /// <returns>Null when it was used before, is not what it says, or the session is over.</returns>
    public async Task<TakeOverSpec?> RedeemAsync(Guid gatewayId, TicketRedemption redemption, CancellationToken cancellationToken)
    {
        using var key = keys.Signing("tickets");
        var keyId = PublicKey.Of(key).KeyId;
        var (ticket, fault) = Ticket.Check(redemption.Ticket, gatewayId, time.GetUtcNow(), kid => kid == keyId ? key : null);
        fault ??= ticket!.Use != TicketUse.TakeOver ? TicketFault.Invalid : null;
        await using var db = factory.ForSystem();
        if (fault is null)
        {
            // Only now does it depend on the new sign-in: until here it stands in the old one's window and ends with that.
            var signInId = ticket!.Sid;
            var redeemed = await db.Sessions
                .Where(s => s.Id == ticket.Sub && s.GatewayId == gatewayId && s.TicketId == ticket.Jti && s.State == SessionState.Active && db.People.Any(u => u.Id == s.UserId && u.DisabledAt == null))
                .Where(s => signInId == null || db.SignIns.Any(i => i.Id == signInId && i.UserId == s.UserId && i.EndedAt == null))
                .ExecuteUpdateAsync(s => s.SetProperty(x => x.TicketId, (string?)null).SetProperty(x => x.SignInId, signInId).SetProperty(x => x.ClientAddress, redemption.ClientAddress), cancellationToken);
            fault = redeemed == 0 ? TicketFault.Replayed : null;
        }

        if (fault is not null)
        {
            await RefusedAsync(db, ticket?.Sub, redemption, cancellationToken);
            return null;
        }

        var session = await db.Sessions.AsNoTracking().FirstAsync(s => s.Id == ticket!.Sub, cancellationToken);
        var user = await db.People.AsNoTracking().FirstAsync(u => u.Id == session.UserId, cancellationToken);
        await audit.AppendAsync(
            AuditEvent.BySystem(user.Name, session.TenantId, AuditAction.SessionTakenOver, "session", session.Id.ToString(), await SessionNames.OfAsync(db, session, cancellationToken)) with { ActorId = user.Id, Address = redemption.ClientAddress },
            cancellationToken);
        return new TakeOverSpec(session.Id);
    }

    private async Task RefusedAsync(PortalDb db, Guid? sessionId, TicketRedemption redemption, CancellationToken cancellationToken)
    {
        var tenantId = sessionId is { } id ? await db.Sessions.Where(s => s.Id == id).Select(s => (Guid?)s.TenantId).FirstOrDefaultAsync(cancellationToken) : null;
        const string reason = "A ticket to take a session over is not valid, was used before, or the session is over.";
        await audit.AppendAsync(AuditEvent.BySystem("gateway", tenantId, AuditAction.TicketRefused, "session", sessionId?.ToString() ?? "", "take-over ticket", AuditResult.Refused, reason) with { Address = redemption.ClientAddress }, cancellationToken);
    }
}
