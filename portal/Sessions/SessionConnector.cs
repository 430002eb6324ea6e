using System.Net;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Contracts.Signing;
using Sallyport.Contracts.Tickets;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Sessions;

/// <summary>Brings a user with a grant to an asset: checks, the plant's release, the path, the ticket.</summary>
public sealed class SessionConnector(PortalDbFactory factory, GatewayLink gateways, Paths paths, KeyFolder keys, SessionTerminator terminator, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    /// <summary>What a session's page has to do before it can open its terminal.</summary>
    public async Task<Outcome<Session>> ConnectAsync(Actor actor, Guid serviceId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Session session;
        await using (var db = await factory.ForAsync(actor, Policies.Technician, cancellationToken))
        {
            var target = await (
                from s in db.Services.AsNoTracking()
                join a in db.Assets.AsNoTracking() on s.AssetId equals a.Id
                join p in db.Plants.AsNoTracking() on a.PlantId equals p.Id
                where s.Id == serviceId && s.ArchivedAt == null && a.ArchivedAt == null && p.ArchivedAt == null
                select new { Service = s, Asset = a, Plant = p }).FirstOrDefaultAsync(cancellationToken);
            if (target is null)
            {
                return "This service does not exist any more.";
            }

            // A session of one's own that still runs is returned to, not doubled.
            if (await RunningAsync(db, actor, serviceId, cancellationToken) is { } running)
            {
                return running;
            }

            var grant = await db.Grants.AsNoTracking()
                .Where(g => g.UserId == actor.UserId && g.ServiceId == serviceId && g.RevokedAt == null && g.StartsAt <= now && g.EndsAt > now)
                .OrderByDescending(g => g.EndsAt).FirstOrDefaultAsync(cancellationToken);
            var locked = await db.Lockouts.AnyAsync(l => l.UserId == actor.UserId && l.AssetId == target.Asset.Id && l.LiftedAt == null, cancellationToken);
            var refusal = grant is null ? "You have no grant for this service right now. Ask for access first."
                : locked ? Lockout.Message(target.Asset.Name)
                : ServiceReadiness.Obstacle(target.Service, target.Asset, target.Plant, now);
            var gateway = refusal is null ? await gateways.PickAsync(target.Service.Kind, cancellationToken) : null;
            refusal ??= gateway is not null ? null
                : target.Service.Kind == ServiceKind.Web ? "No gateway that serves web HMIs is connected right now. Try again in a minute; if it lasts, tell an admin (Gateway:Web:Origin may not be set)."
                : "No session gateway is connected right now. Try again in a minute; if it lasts, tell an admin.";
            if (refusal is not null)
            {
                await audit.AppendAsync(AuditEvent.By(actor, AuditAction.SessionRequested, "service", serviceId, $"{target.Service.Name}, {target.Asset.Name}", AuditResult.Refused, refusal), cancellationToken);
                return refusal;
            }

            var needsRelease = target.Asset.ReleaseRequired ?? target.Plant.ReleaseRequired;
            session = new Session
            {
                TenantId = actor.TenantId,
                GrantId = grant!.Id,
                UserId = actor.UserId,
                SignInId = actor.SignInId,
                PlantId = target.Plant.Id,
                AssetId = target.Asset.Id,
                ServiceId = serviceId,
                GatewayId = gateway!.Id,
                State = needsRelease ? SessionState.Releasing : SessionState.Opening,
                EndsAt = target.Service.LegacySsh is { } legacy && legacy.InForce(now) && legacy.EndsAt < grant.EndsAt ? legacy.EndsAt : grant.EndsAt,
                CreatedAt = now,
                ClientAddress = actor.Address,
            };
            db.Add(session);
            if (needsRelease)
            {
                db.Add(new Release { SessionId = session.Id, TenantId = actor.TenantId, PlantId = target.Plant.Id, AskedAt = now });
            }

            try
            {
                await db.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                // Pressed twice, or in two windows at once: the other one was first.
                return await RunningAsync(db, actor, serviceId, cancellationToken) is { } first ? first : "The session that you had just begun is over already. Connect again.";
            }

            await audit.AppendAsync(AuditEvent.By(actor, AuditAction.SessionRequested, "session", session.Id, $"{target.Service.Name}, {target.Asset.Name}, {target.Plant.Name}", reason: grant.Purpose), cancellationToken);
            if (needsRelease)
            {
                await audit.AppendAsync(AuditEvent.By(actor, AuditAction.ReleaseAsked, "session", session.Id, $"{target.Asset.Name}, {target.Plant.Name}"), cancellationToken);
            }
        }

        await changes.PublishAsync(actor.TenantId, cancellationToken);
        return session.State == SessionState.Opening ? await OpenPathAsync(session, cancellationToken) ?? new Outcome<Session>(session, null) : session;
    }

    /// <summary>Opens the path of a session that nothing holds back any more. Null when it is open.</summary>
    internal async Task<Outcome<Session>?> OpenPathAsync(Session session, CancellationToken cancellationToken)
    {
        PathSpec spec;
        await using (var db = factory.ForSystem())
        {
            var target = await (
                from s in db.Services.AsNoTracking()
                join a in db.Assets.AsNoTracking() on s.AssetId equals a.Id
                join p in db.Plants.AsNoTracking() on a.PlantId equals p.Id
                where s.Id == session.ServiceId
                select new { s.Port, a.Address, p.LanPrefix, p.VirtualPrefix, p.HubId }).FirstAsync(cancellationToken);
            var gateway = await db.Gateways.IgnoreQueryFilters().AsNoTracking().FirstAsync(g => g.Id == session.GatewayId, cancellationToken);
            var address = OverlayAddresses.ToVirtual(target.Address, target.LanPrefix, target.VirtualPrefix);
            spec = new PathSpec(session.Id, session.TenantId, target.HubId, gateway.OverlayAddress, address, target.Port, session.EndsAt, "session");
        }

        if (await paths.OpenAsync(spec, cancellationToken) is { } error)
        {
            var message = $"The path to the asset could not be opened: {error}";
            await terminator.EndAsync(session.Id, SessionEndReason.NotStarted, message, null, CancellationToken.None);
            return message;
        }

        await using (var db = factory.ForSystem())
        {
            var ready = await db.Sessions.Where(s => s.Id == session.Id && (s.State == SessionState.Opening || s.State == SessionState.Releasing))
                .ExecuteUpdateAsync(s => s.SetProperty(x => x.State, SessionState.Ready).SetProperty(x => x.ReadyAt, time.GetUtcNow()), cancellationToken);
            if (ready == 0)
            {
                // It was ended while the path was being opened.
                await paths.CloseAsync(session.Id, "The session was over before its path was open.", CancellationToken.None);
                return "The session was ended before it began.";
            }
        }

        await changes.PublishAsync(session.TenantId, cancellationToken);
        return null;
    }

    private static Task<Session?> RunningAsync(PortalDb db, Actor actor, Guid serviceId, CancellationToken cancellationToken) =>
        db.Sessions.AsNoTracking().FirstOrDefaultAsync(s => s.UserId == actor.UserId && s.ServiceId == serviceId && s.State != SessionState.Ended, cancellationToken);

    /// <summary>A ticket for the session's own user; voids an earlier one that was not redeemed.</summary>
    public async Task<Outcome<IssuedTicket>> IssueTicketAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await factory.ForAsync(actor, Policies.Technician, cancellationToken);
        var session = await db.Sessions.AsNoTracking().FirstOrDefaultAsync(s => s.Id == sessionId && s.UserId == actor.UserId, cancellationToken);
        if (session is null)
        {
            return "This session does not exist.";
        }

        var ticketId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var issued = await db.Sessions.Where(s => s.Id == sessionId && s.State == SessionState.Ready && s.TicketRedeemedAt == null)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.TicketId, ticketId).SetProperty(x => x.TicketIssuedAt, now), cancellationToken);
        if (issued == 0)
        {
            return session.State switch
            {
                SessionState.Ended => session.EndMessage ?? "This session is over.",
                SessionState.Releasing => "The plant has not released this session yet.",
                SessionState.Opening => "The path to the asset is still being opened.",
                _ => "This session is open already, in another window or tab.",
            };
        }

        if (await db.Gateways.AsNoTracking().FirstOrDefaultAsync(g => g.Id == session.GatewayId, cancellationToken) is not { } gateway)
        {
            return "The gateway of this session was removed. Connect again.";
        }

        using var key = keys.Signing("tickets");
        var ticket = new Ticket(ticketId, gateway.Id, sessionId, now.ToUnixTimeSeconds(), (now + Ticket.Lifetime).ToUnixTimeSeconds(), session.EndsAt.ToUnixTimeSeconds());
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.TicketIssued, "session", sessionId, "session"), cancellationToken);
        return new IssuedTicket(ticket.Sign(PublicKey.Of(key).KeyId, key), gateway.Url);
    }
}

/// <param name="GatewayUrl">Where the browser takes it.</param>
public sealed record IssuedTicket(string Ticket, string GatewayUrl);
