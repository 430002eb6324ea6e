using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Sessions;

/// <summary>What an operator of a plant decides: who may start now, and who must stop.</summary>
public sealed class Releases(PortalDbFactory factory, SessionConnector broker, SessionTerminator terminator, Grants grants, AuditLog audit, TimeProvider time)
{
    /// <summary>Sessions in the operator's plants: those that wait for a release, and those that run.</summary>
    public async Task<IReadOnlyList<SessionSummary>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Operator, cancellationToken);
        var plants = await PlantsOfAsync(db, actor, cancellationToken);
        return await SessionSummary.Query(db).Where(l => l.Session.State != SessionState.Ended && plants.Contains(l.Session.PlantId)).OrderBy(l => l.Session.CreatedAt).ToListAsync(cancellationToken);
    }

    public async Task<string?> ReleaseAsync(Actor actor, Guid sessionId, bool areaClear, string? comment, CancellationToken cancellationToken)
    {
        if (!areaClear)
        {
            return "Check the area first, and confirm that it is clear.";
        }

        var (session, error) = await AnswerAsync(actor, sessionId, ReleaseState.Released, areaClear, comment, AuditAction.Released, cancellationToken);
        return session is null ? error : (await broker.OpenPathAsync(session, cancellationToken))?.Error;
    }

    public async Task<string?> RefuseAsync(Actor actor, Guid sessionId, string reason, CancellationToken cancellationToken)
    {
        var (session, error) = await AnswerAsync(actor, sessionId, ReleaseState.Refused, false, reason, AuditAction.ReleaseRefused, cancellationToken);
        if (session is null)
        {
            return error;
        }

        await terminator.EndAsync(sessionId, SessionEndReason.NotStarted, $"The plant did not release the session: {reason}", actor, cancellationToken);
        return null;
    }

    /// <summary>Ends the session now and keeps the person out of the asset until an admin lifts it.</summary>
    public async Task<string?> StopAsync(Actor actor, Guid sessionId, string reason, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Operator, cancellationToken);
        var plants = await PlantsOfAsync(db, actor, cancellationToken);
        if (await db.Sessions.AsNoTracking().FirstOrDefaultAsync(s => s.Id == sessionId && plants.Contains(s.PlantId), cancellationToken) is not { } session)
        {
            const string refusal = "This session is not in one of your plants.";
            await audit.AppendAsync(AuditEvent.By(actor, AuditAction.LockoutPlaced, "session", sessionId, sessionId.ToString(), AuditResult.Refused, refusal), cancellationToken);
            return refusal;
        }

        // The lockout first: nobody slips back in between.
        await grants.PlaceLockoutAsync(actor, session.UserId, session.AssetId, reason, cancellationToken);
        // All that the person has open there: two services of one asset are one machine.
        var theirs = await db.Sessions.Where(s => s.UserId == session.UserId && s.AssetId == session.AssetId && s.State != SessionState.Ended).Select(s => s.Id).ToListAsync(CancellationToken.None);
        await Task.WhenAll(theirs.Select(id => terminator.EndAsync(id, SessionEndReason.StoppedByPlant, $"The plant stopped the session: {reason}", actor, CancellationToken.None)));
        return null;
    }

    private async Task<(Session? Session, string? Error)> AnswerAsync(Actor actor, Guid sessionId, ReleaseState state, bool areaClear, string? comment, AuditAction action, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Operator, cancellationToken);
        var plants = await PlantsOfAsync(db, actor, cancellationToken);
        var session = await db.Sessions.AsNoTracking().FirstOrDefaultAsync(s => s.Id == sessionId && plants.Contains(s.PlantId), cancellationToken);
        if (session is null || session.UserId == actor.UserId)
        {
            var refusal = session is null ? "This session is not in one of your plants." : "You cannot release your own session.";
            await audit.AppendAsync(AuditEvent.By(actor, action, "session", sessionId, sessionId.ToString(), AuditResult.Refused, refusal), cancellationToken);
            return (null, refusal);
        }

        var answered = await db.Releases.Where(r => r.SessionId == sessionId && r.State == ReleaseState.Waiting).ExecuteUpdateAsync(
            r => r.SetProperty(x => x.State, state).SetProperty(x => x.OperatorId, actor.UserId).SetProperty(x => x.AreaClear, areaClear).SetProperty(x => x.Comment, comment).SetProperty(x => x.AnsweredAt, time.GetUtcNow()),
            cancellationToken);
        if (answered == 0 || session.State != SessionState.Releasing)
        {
            return (null, "Somebody has answered this before, or the technician has given up.");
        }

        await audit.AppendAsync(AuditEvent.By(actor, action, "session", sessionId, await SessionNames.OfAsync(db, session, cancellationToken), reason: areaClear ? $"Area clear. {comment}".Trim() : comment), cancellationToken);
        return (session, null);
    }

    private static Task<List<Guid>> PlantsOfAsync(PortalDb db, Actor actor, CancellationToken cancellationToken) =>
        db.PlantOperators.Where(o => o.UserId == actor.UserId).Select(o => o.PlantId).ToListAsync(cancellationToken);
}
