using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Sessions;

/// <summary>Control of screens that start view-only: asked for by the user, given and taken back by whom the service names.</summary>
public sealed class ScreenControls(PortalDbFactory factory, GatewayLink gateways, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    /// <summary>The user's wish, as the gateway tells it.</summary>
    internal async Task AskedAsync(Guid gatewayId, Guid sessionId, ControlAsked report, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        DateTimeOffset? now = report.Wanted ? time.GetUtcNow() : null;
        var noted = await db.Sessions.Where(s => s.Id == sessionId && s.GatewayId == gatewayId && s.State == SessionState.Active)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.ControlWantedAt, now).SetProperty(x => x.ControlGivenById, x => report.Wanted ? x.ControlGivenById : null), cancellationToken);
        if (noted == 0)
        {
            return;
        }

        var session = await db.Sessions.AsNoTracking().FirstAsync(s => s.Id == sessionId, cancellationToken);
        await audit.AppendAsync(
            AuditEvent.BySystem("gateway", session.TenantId, report.Wanted ? AuditAction.ControlAsked : AuditAction.ControlEnded, "session", sessionId.ToString(), await SessionNames.OfAsync(db, session, cancellationToken)) with { ActorId = session.UserId },
            cancellationToken);
        await changes.PublishAsync(session.TenantId, cancellationToken);
    }

    /// <summary>Gives control, refuses it, or takes it back.</summary>
    /// <returns>Null when it was done.</returns>
    public async Task<string?> AnswerAsync(Actor actor, Guid sessionId, bool given, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Control, cancellationToken);
        var found = await (
            from s in db.Sessions.AsNoTracking()
            join service in db.Services on s.ServiceId equals service.Id
            where s.Id == sessionId && s.State == SessionState.Active
            select new { Session = s, service.Screen }).FirstOrDefaultAsync(cancellationToken);
        if (found is null)
        {
            return "This session is over.";
        }

        var may = found.Screen?.Control switch
        {
            ScreenControl.AskPlant => await db.PlantOperators.AnyAsync(o => o.PlantId == found.Session.PlantId && o.UserId == actor.UserId, cancellationToken),
            ScreenControl.AskAdmin => actor.Is(Role.Admin),
            _ => false,
        };
        if (!may || found.Session.UserId == actor.UserId)
        {
            var refusal = may ? "You cannot give control to yourself."
                : found.Screen?.Control == ScreenControl.AskPlant ? "Only an operator of the plant gives control of this screen."
                : "Only an admin gives control of this screen.";
            await audit.AppendAsync(AuditEvent.By(actor, AuditAction.ControlGiven, "session", sessionId, await SessionNames.OfAsync(db, found.Session, cancellationToken), AuditResult.Refused, refusal), cancellationToken);
            return refusal;
        }

        Guid? by = given ? actor.UserId : null;
        DateTimeOffset? none = null;
        await db.Sessions.Where(s => s.Id == sessionId).ExecuteUpdateAsync(s => s.SetProperty(x => x.ControlWantedAt, none).SetProperty(x => x.ControlGivenById, by), CancellationToken.None);
        var told = gateways.Answer(found.Session.GatewayId ?? Guid.Empty, new ControlAnswer(sessionId, given, actor.Name));
        await audit.AppendAsync(
            AuditEvent.By(actor, given ? AuditAction.ControlGiven : AuditAction.ControlRefused, "session", sessionId, await SessionNames.OfAsync(db, found.Session, CancellationToken.None), told ? AuditResult.Success : AuditResult.Failed),
            CancellationToken.None);
        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return told ? null : "The session's gateway is not connected right now. Try again in a moment.";
    }
}
