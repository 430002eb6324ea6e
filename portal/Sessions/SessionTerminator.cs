using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Recordings;

namespace Sallyport.Portal.Sessions;

/// <summary>The one way a session ends, whoever ends it: the row, the gateway, the path, the audit entry. The first reason stands.</summary>
public sealed class SessionTerminator(PortalDbFactory factory, GatewayLink gateways, Paths paths, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    /// <returns>False when it was over already.</returns>
    public async Task<bool> EndAsync(Guid sessionId, SessionEndReason reason, string message, Actor? by, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = factory.ForSystem();
        var ended = await db.Sessions.Where(s => s.Id == sessionId && s.State != SessionState.Ended && (by == null || s.TenantId == by.TenantId)).ExecuteUpdateAsync(
            s => s.SetProperty(x => x.State, SessionState.Ended).SetProperty(x => x.EndedAt, now).SetProperty(x => x.EndReason, reason).SetProperty(x => x.EndMessage, message).SetProperty(x => x.EndedById, by == null ? null : by.UserId),
            cancellationToken);
        if (ended == 0)
        {
            return false;
        }

        // From here on it must be carried through, whoever has hung up meanwhile.
        var session = await db.Sessions.AsNoTracking().FirstAsync(s => s.Id == sessionId, CancellationToken.None);
        if (session.GatewayId is { } gatewayId)
        {
            gateways.EndSession(gatewayId, new EndSession(sessionId, reason, message));
        }

        // Whether or not the gateway hears of it, without the path there is nothing to reach.
        await paths.CloseAsync(sessionId, $"Session ended: {reason}", CancellationToken.None);
        if (reason == SessionEndReason.GatewayLost)
        {
            await db.Recordings.Where(r => r.SessionId == sessionId && r.State == RecordingState.Running)
                .ExecuteUpdateAsync(r => r.SetProperty(x => x.State, RecordingState.Interrupted), CancellationToken.None);
        }

        var name = await SessionNames.OfAsync(db, session, CancellationToken.None);
        await audit.AppendAsync(AuditEvent.By(by, session.TenantId, AuditAction.SessionEnded, "session", sessionId, name, reason: message, detail: Detail(reason)), CancellationToken.None);
        if (reason == SessionEndReason.HostKeyChanged)
        {
            await audit.AppendAsync(AuditEvent.BySystem("gateway", session.TenantId, AuditAction.HostKeyChanged, "session", sessionId.ToString(), name, AuditResult.Refused, message), CancellationToken.None);
        }

        await changes.PublishAsync(session.TenantId, CancellationToken.None);
        return true;
    }

    /// <summary>All sessions that match, such as a revoked grant's or a disabled user's.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> EndAllAsync(System.Linq.Expressions.Expression<Func<Session, bool>> which, SessionEndReason reason, string message, CancellationToken cancellationToken)
    {
        List<Guid> sessions;
        await using (var db = factory.ForSystem())
        {
            sessions = await db.Sessions.Where(s => s.State != SessionState.Ended).Where(which).Select(s => s.Id).ToListAsync(cancellationToken);
        }

        await Task.WhenAll(sessions.Select(id => EndAsync(id, reason, message, null, cancellationToken)));
        return sessions.Count;
    }

    private static Dictionary<string, string> Detail(SessionEndReason reason) => new() { ["endReason"] = reason.ToString() };
}

internal static class SessionNames
{
    /// <summary>What people know a session by: service, asset, plant, and whose it is.</summary>
    public static async Task<string> OfAsync(PortalDb db, Session session, CancellationToken cancellationToken)
    {
        var names = await (
            from s in db.Services
            join a in db.Assets on s.AssetId equals a.Id
            join p in db.Plants on a.PlantId equals p.Id
            from u in db.People
            where s.Id == session.ServiceId && u.Id == session.UserId
            select new { Service = s.Name, Asset = a.Name, Plant = p.Name, User = u.Name }).FirstAsync(cancellationToken);
        return $"{names.User} on {names.Service}, {names.Asset}, {names.Plant}";
    }
}
