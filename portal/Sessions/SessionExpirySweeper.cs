using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Recordings;

namespace Sallyport.Portal.Sessions;

/// <summary>Ends by itself what time ends: windows, waits for a release or a browser, sessions of a gateway that is gone.</summary>
public sealed partial class SessionExpirySweeper(
    PortalDbFactory factory,
    SessionTerminator terminator,
    GatewayLink gateways,
    Paths paths,
    Grants grants,
    AuditLog audit,
    ILogger<SessionExpirySweeper> log,
    TimeProvider time) : PeriodicService(Interval, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>The gateway cuts at the end by itself and tells how it went; the portal only steps in when it does not.</summary>
    private static readonly TimeSpan GatewaySlack = TimeSpan.FromSeconds(3);

    /// <summary>For a browser to bring a ticket to the gateway, and for the gateway to begin.</summary>
    private static readonly TimeSpan BrowserPatience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan GatewayPatience = TimeSpan.FromSeconds(60);

    /// <summary>An ending in progress closes its path by itself.</summary>
    private static readonly TimeSpan PathSlack = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ReportPatience = TimeSpan.FromMinutes(2);

    private bool _seeded;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        grants.Revoked += (grantId, reason, cancel) =>
            terminator.EndAllAsync(s => s.GrantId == grantId, SessionEndReason.Revoked, $"An admin revoked the grant: {reason}", cancel);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (!_seeded)
        {
            // Who was connected to the portal that ran before this one is not known: each has its patience to come back.
            await gateways.ExpectAsync(cancellationToken);
            _seeded = true;
        }

        await TickAsync(cancellationToken);
    }

    protected override void LogFailure(Exception exception) => Log.TickFailed(log, exception);

    internal async Task TickAsync(CancellationToken cancellationToken)
    {
        var now = Time.GetUtcNow();
        var (cut, unclaimed, unreleased) = (now - GatewaySlack, now - BrowserPatience, now - Release.Patience);
        await terminator.EndAllAsync(s => s.EndsAt < cut, SessionEndReason.GrantEnded, "The grant's window is over.", cancellationToken);
        await terminator.EndAllAsync(s => (s.State == SessionState.Opening && s.CreatedAt < unreleased) || (s.State == SessionState.Ready && (s.TicketIssuedAt ?? s.ReadyAt) < unclaimed) || (s.State == SessionState.Active && s.StartedAt == null && s.TicketRedeemedAt < unclaimed), SessionEndReason.NotStarted, "Nobody opened the session in time.", cancellationToken);
        await ExpireReleasesAsync(unreleased, now, cancellationToken);
        foreach (var (gatewayId, since) in gateways.Lost)
        {
            if (now - since > GatewayPatience)
            {
                await terminator.EndAllAsync(s => s.GatewayId == gatewayId && s.State == SessionState.Active, SessionEndReason.GatewayLost, "The gateway was lost while the session ran.", cancellationToken);
            }
        }

        await using var db = factory.ForSystem();
        await CloseLeftPathsAsync(db, now, cancellationToken);
        await GiveUpRecordingsAsync(db, now, cancellationToken);
        await db.AccessRequests.Where(r => r.State == AccessRequestState.Pending && r.EndsAt < now).ExecuteUpdateAsync(r => r.SetProperty(x => x.State, AccessRequestState.Expired), cancellationToken);
        await AuditEndedGrantsAsync(db, now, cancellationToken);
    }

    // A path outlives its session only when a portal died between the two; the kernel ends it at its time, this ends it now.
    private async Task CloseLeftPathsAsync(PortalDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (ended, over) = (now - PathSlack, now - GatewaySlack);
        var left = await db.OverlayPaths.Where(p => p.EndsAt < over || db.Sessions.Any(s => s.Id == p.Id && s.State == SessionState.Ended && s.EndedAt < ended)).Select(p => p.Id).ToListAsync(cancellationToken);
        foreach (var pathId in left)
        {
            await paths.CloseAsync(pathId, "Its time is over, or its session is.", cancellationToken);
        }
    }

    // Its gateway seals and reports within seconds. One that reports later still corrects this.
    private static async Task GiveUpRecordingsAsync(PortalDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var before = now - ReportPatience;
        await db.Recordings.Where(r => r.State == RecordingState.Running && db.Sessions.Any(s => s.Id == r.SessionId && s.State == SessionState.Ended && s.EndedAt < before))
            .ExecuteUpdateAsync(r => r.SetProperty(x => x.State, RecordingState.Interrupted), cancellationToken);
    }

    private async Task ExpireReleasesAsync(DateTimeOffset before, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var expired = await db.Releases.Where(r => r.State == ReleaseState.Waiting && r.AskedAt < before).Select(r => r.SessionId).ToListAsync(cancellationToken);
        foreach (var sessionId in expired)
        {
            await db.Releases.Where(r => r.SessionId == sessionId && r.State == ReleaseState.Waiting)
                .ExecuteUpdateAsync(r => r.SetProperty(x => x.State, ReleaseState.Expired).SetProperty(x => x.AnsweredAt, now), cancellationToken);
            await terminator.EndAsync(sessionId, SessionEndReason.NotStarted, "Nobody at the plant released the session in time. Call the plant, then connect again.", null, cancellationToken);
        }
    }

    // The end itself needs no act: a grant is in force by its window. What is left to do is to say so, once.
    private async Task AuditEndedGrantsAsync(PortalDb db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ended = await db.Grants.AsNoTracking().Where(g => g.EndsAt <= now && g.RevokedAt == null && !g.EndAudited).Take(50).ToListAsync(cancellationToken);
        foreach (var grant in ended)
        {
            // Said twice at worst, never not at all.
            await audit.AppendAsync(AuditEvent.BySystem("portal", grant.TenantId, AuditAction.GrantEnded, "grant", grant.Id.ToString(), grant.Purpose), cancellationToken);
            await db.Grants.Where(g => g.Id == grant.Id).ExecuteUpdateAsync(g => g.SetProperty(x => x.EndAudited, true), cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The session timers could not run; trying again in a second")]
        public static partial void TickFailed(ILogger logger, Exception exception);
    }
}
