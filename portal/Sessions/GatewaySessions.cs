using System.Data.Common;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Contracts.Tickets;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings;

namespace Sallyport.Portal.Sessions;

/// <summary>What gateways ask and tell of sessions.</summary>
public sealed partial class GatewaySessions(PortalDbFactory factory, CredentialSeal seal, KeyFolder keys, SessionTerminator terminator, AuditLog audit, ChangeFeed changes, ILogger<GatewaySessions> log, TimeProvider time)
{
    /// <summary>How long a session waits for a browser whose link dropped.</summary>
    private static readonly TimeSpan LinkGrace = TimeSpan.FromMinutes(3);

    private const int MaxAlgorithms = 8;
    private const int MaxAlgorithm = 64;

    /// <summary>Takes a ticket, once, ever; and gives what the session needs if it may still be.</summary>
    public async Task<(SessionSpec? Order, TicketFault? Fault)> RedeemAsync(Guid gatewayId, TicketRedemption redemption, CancellationToken cancellationToken)
    {
        using var key = keys.Signing("tickets");
        var keyId = PublicKey.Of(key).KeyId;
        var now = time.GetUtcNow();
        var (ticket, fault) = Ticket.Check(redemption.Ticket, gatewayId, now, kid => kid == keyId ? key : null);
        fault ??= ticket!.Use != TicketUse.Open ? TicketFault.Invalid : null;
        await using var db = factory.ForSystem();
        if (fault is null)
        {
            var redeemed = await db.Sessions
                .Where(s => s.Id == ticket!.Sub && s.GatewayId == gatewayId && s.TicketId == ticket.Jti && s.TicketRedeemedAt == null && s.State == SessionState.Ready)
                .ExecuteUpdateAsync(s => s.SetProperty(x => x.TicketRedeemedAt, now).SetProperty(x => x.State, SessionState.Active).SetProperty(x => x.ClientAddress, redemption.ClientAddress), cancellationToken);
            if (redeemed == 0)
            {
                fault = await db.Sessions.AnyAsync(s => s.Id == ticket!.Sub && s.TicketRedeemedAt != null, cancellationToken) ? TicketFault.Replayed : TicketFault.SessionOver;
            }
        }

        if (fault is not null)
        {
            await RefusedAsync(gatewayId, new TicketRefusal(fault.Value, ticket?.Sub, ticket?.Jti, redemption.ClientAddress), cancellationToken);
            return (null, fault);
        }

        try
        {
            return await OrderAsync(db, ticket!, redemption, now, cancellationToken);
        }
        catch (Exception e) when (e is CryptographicException or InvalidOperationException or DbException)
        {
            // The ticket is spent: what cannot begin now never will.
            Log.NotRedeemed(log, ticket!.Sub, e);
            await terminator.EndAsync(ticket.Sub, SessionEndReason.NotStarted, e is CryptographicException ? "The stored credential cannot be opened. An admin must enter it again." : "The portal could not prepare the session. Connect again.", null, CancellationToken.None);
            return (null, TicketFault.SessionOver);
        }
    }

    private async Task<(SessionSpec? Order, TicketFault? Fault)> OrderAsync(PortalDb db, Ticket ticket, TicketRedemption redemption, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = await (
            from s in db.Sessions
            join u in db.People on s.UserId equals u.Id
            join g in db.Grants on s.GrantId equals g.Id
            join approver in db.People on g.ApprovedById equals approver.Id
            join service in db.Services on s.ServiceId equals service.Id
            join a in db.Assets on s.AssetId equals a.Id
            join p in db.Plants on s.PlantId equals p.Id
            where s.Id == ticket.Sub
            select new { Session = s, User = u, Grant = g, Approver = approver, Service = service, Asset = a, Plant = p }).AsNoTracking().FirstAsync(cancellationToken);

        // The ticket was made moments ago; what it rests on may have been withdrawn since.
        var locked = await db.Lockouts.AnyAsync(l => l.UserId == found.User.Id && l.AssetId == found.Asset.Id && l.LiftedAt == null, cancellationToken);
        if (!found.Grant.InForce(now) || found.User.DisabledAt is not null || locked || found.Service.LacksPin || found.Service.LacksCredential
            || found.Service.ArchivedAt is not null || found.Asset.ArchivedAt is not null || found.Plant.ArchivedAt is not null)
        {
            await terminator.EndAsync(found.Session.Id, SessionEndReason.Revoked, "Access was withdrawn before the session began.", null, cancellationToken);
            return (null, TicketFault.SessionOver);
        }

        var releasedBy = await (
            from r in db.Releases
            join u in db.People on r.OperatorId equals u.Id
            where r.SessionId == found.Session.Id && r.State == ReleaseState.Released
            select new PartyName(u.Id, u.Name)).FirstOrDefaultAsync(cancellationToken);
        var secret = CredentialSeal.IsEmpty(found.Service.SealedCredential) ? "" : seal.Open(found.Service.SealedCredential, found.Service.Id, CredentialDestination.Of(found.Service, found.Asset.Address).Text);
        using var recordings = keys.Agreement("recordings");
        var recordingSpki = recordings.ExportSubjectPublicKeyInfo();
        await audit.AppendAsync(
            AuditEvent.BySystem(found.User.Name, found.Session.TenantId, AuditAction.TicketRedeemed, "session", found.Session.Id.ToString(), $"{found.Service.Name}, {found.Asset.Name}, {found.Plant.Name}") with { ActorId = found.User.Id, Address = redemption.ClientAddress },
            cancellationToken);
        await changes.PublishAsync(found.Session.TenantId, cancellationToken);
        return (new SessionSpec(
            found.Session.Id,
            found.Session.TenantId,
            new PartyName(found.User.Id, found.User.Name),
            new PartyName(found.Plant.Id, found.Plant.Name),
            new PartyName(found.Asset.Id, found.Asset.Name),
            new PartyName(found.Service.Id, found.Service.Name),
            found.Service.Kind,
            OverlayAddresses.ToVirtual(found.Asset.Address, found.Plant.LanPrefix, found.Plant.VirtualPrefix).ToString(),
            found.Service.Port,
            found.Service switch
            {
                { CredentialIsKey: true } when LockedKey.Read(secret) is var key => new AssetCredential(found.Service.UserName, null, key.Key, Passphrase: key.Passphrase, Certificate: found.Service.Certificate),
                { Kind: ServiceKind.Vnc } when ScreenPasswords.Read(secret) is var passwords => new AssetCredential(found.Service.UserName, passwords.Control, null, passwords.View),
                _ => new AssetCredential(found.Service.UserName, secret, null),
            },
            found.Service.HostKey,
            found.Grant.Purpose,
            new PartyName(found.Approver.Id, found.Approver.Name),
            releasedBy,
            found.Session.EndsAt,
            found.Service.IdleMinutes * 60,
            (int)LinkGrace.TotalSeconds,
            new RecordingKeySpec("recordings", System.Buffers.Text.Base64Url.EncodeToString(recordingSpki), RecordingStore.FileOf(found.Session.Id, found.Session.TicketRedeemedAt!.Value)),
            found.Asset.Address.ToString(),
            found.Service.Screen,
            found.Service.Web,
            found.Service.LegacyInForce(now)), null);
    }

    public async Task RefusedAsync(Guid gatewayId, TicketRefusal refusal, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var gateway = await db.Gateways.IgnoreQueryFilters().AsNoTracking().FirstAsync(g => g.Id == gatewayId, cancellationToken);
        var tenantId = refusal.SessionId is { } id ? await db.Sessions.Where(s => s.Id == id).Select(s => (Guid?)s.TenantId).FirstOrDefaultAsync(cancellationToken) : null;
        await audit.AppendAsync(
            AuditEvent.BySystem(gateway.Name, tenantId, AuditAction.TicketRefused, "session", refusal.SessionId?.ToString() ?? "", "ticket", AuditResult.Refused, Why(refusal.Fault)) with { Address = refusal.ClientAddress },
            cancellationToken);
    }

    public async Task StartedAsync(Guid gatewayId, Guid sessionId, SessionStarted report, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        if (await OwnAsync(db, gatewayId, sessionId, cancellationToken) is not { } session || await db.Recordings.AnyAsync(r => r.SessionId == sessionId, cancellationToken))
        {
            return;
        }

        var gateway = await db.Gateways.AsNoTracking().FirstOrDefaultAsync(g => g.Id == gatewayId, cancellationToken);
        session.StartedAt = time.GetUtcNow();
        db.Add(new SessionRecording
        {
            SessionId = sessionId,
            TenantId = session.TenantId,
            File = RecordingStore.FileOf(sessionId, session.TicketRedeemedAt!.Value),
            GatewayKeyId = gateway?.KeyId,
            GatewaySpki = gateway?.Spki,
        });
        await db.SaveChangesAsync(cancellationToken);
        await audit.AppendAsync(
            AuditEvent.BySystem("gateway", session.TenantId, AuditAction.SessionStarted, "session", sessionId.ToString(), await SessionNames.OfAsync(db, session, cancellationToken)) with { Address = report.ClientAddress },
            cancellationToken);
        await changes.PublishAsync(session.TenantId, cancellationToken);
    }

    /// <summary>The asset let the gateway in: by which algorithms, stands with the session.</summary>
    public async Task ConnectedAsync(Guid gatewayId, Guid sessionId, SessionConnected report, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        if (report.Algorithms is not { Count: > 0 and <= MaxAlgorithms } || report.Algorithms.Any(name => name is not { Length: > 0 and <= MaxAlgorithm } || name.Any(letter => letter is <= ' ' or > '~'))
            || await OwnAsync(db, gatewayId, sessionId, cancellationToken) is not { Algorithms: null } session)
        {
            return;
        }

        session.Algorithms = [.. report.Algorithms];
        await db.SaveChangesAsync(cancellationToken);
        if (session.WeakAlgorithms.ToList() is { Count: > 0 } weak)
        {
            await audit.AppendAsync(
                AuditEvent.BySystem("gateway", session.TenantId, AuditAction.WeakEncryption, "session", sessionId.ToString(), await SessionNames.OfAsync(db, session, cancellationToken), reason: string.Join(", ", weak)),
                cancellationToken);
        }

        await changes.PublishAsync(session.TenantId, cancellationToken);
    }

    public async Task EndedAsync(Guid gatewayId, Guid sessionId, SessionEnded report, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        if (await OwnAsync(db, gatewayId, sessionId, cancellationToken) is not { } session)
        {
            return;
        }

        if (report.Head is { } head)
        {
            await db.Recordings.Where(r => r.SessionId == sessionId && r.HeadChunk <= head.Chunk).ExecuteUpdateAsync(
                r => r.SetProperty(x => x.HeadChunk, head.Chunk).SetProperty(x => x.HeadHash, head.Hash).SetProperty(x => x.HeadLength, head.Length).SetProperty(x => x.HeadAt, time.GetUtcNow())
                    .SetProperty(x => x.State, report.Sealed ? RecordingState.Sealed : RecordingState.Interrupted),
                cancellationToken);
            await audit.AppendAsync(
                AuditEvent.BySystem("gateway", session.TenantId, AuditAction.RecordingHead, "session", sessionId.ToString(), await SessionNames.OfAsync(db, session, cancellationToken), detail: RecordingHeadReceiver.Detail(head)),
                cancellationToken);
        }

        await terminator.EndAsync(sessionId, report.Reason, report.Message, null, cancellationToken);
    }

    /// <summary>After a gateway's link was away: who may go on, and what it lost without a word.</summary>
    public async Task<SessionsToEnd> SyncAsync(Guid gatewayId, RunningSessions running, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var ids = running.SessionIds.Take(10_000).ToHashSet();
        var known = await db.Sessions.AsNoTracking().Where(s => s.GatewayId == gatewayId && (s.State == SessionState.Active || ids.Contains(s.Id))).ToListAsync(cancellationToken);
        foreach (var lost in known.Where(s => s.State == SessionState.Active && !ids.Contains(s.Id)))
        {
            await terminator.EndAsync(lost.Id, SessionEndReason.GatewayLost, "The gateway was lost while the session ran. Connect again; the recording is kept up to its last second.", null, cancellationToken);
        }

        var alive = known.Where(s => s.State == SessionState.Active && ids.Contains(s.Id)).ToList();
        var over = ids.Except(alive.Select(s => s.Id)).Select(id =>
            known.Find(s => s.Id == id) is { } session
                ? new EndSession(id, session.EndReason ?? SessionEndReason.Revoked, session.EndMessage ?? "The session was ended.")
                : new EndSession(id, SessionEndReason.Revoked, "The portal does not know this session."));
        var watches = running.Watches?.Take(10_000).ToHashSet() ?? [];
        var ended = await db.Watches.AsNoTracking().Where(w => watches.Contains(w.Id) && w.EndedAt != null).ToListAsync(cancellationToken);
        return new SessionsToEnd(
            [.. over],
            [.. alive.Select(s => new SessionWindow(s.Id, s.EndsAt))],
            [.. ended.Select(w => new EndWatch(w.SessionId, w.Id, "You may not watch any more: your sign-in has ended."))]);
    }

    private static Task<Session?> OwnAsync(PortalDb db, Guid gatewayId, Guid sessionId, CancellationToken cancellationToken) =>
        db.Sessions.FirstOrDefaultAsync(s => s.Id == sessionId && s.GatewayId == gatewayId && s.TicketRedeemedAt != null, cancellationToken);

    private static string Why(TicketFault fault) => fault switch
    {
        TicketFault.Invalid => "The ticket is malformed, altered, or not signed by the portal.",
        TicketFault.Foreign => "The ticket was made for another gateway.",
        TicketFault.Expired => "The ticket has expired.",
        TicketFault.NotYetValid => "The ticket is from the future.",
        TicketFault.OtherSession => "The ticket was brought to another session's address.",
        TicketFault.Replayed => "The ticket was redeemed before.",
        _ => "The ticket's session is over or was withdrawn.",
    };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The ticket of session {SessionId} was redeemed, but the session cannot begin")]
        public static partial void NotRedeemed(ILogger logger, Guid sessionId, Exception exception);
    }
}
