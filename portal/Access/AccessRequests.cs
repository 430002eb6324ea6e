using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Access;

/// <summary>Requests and what becomes of them.</summary>
public sealed class AccessRequests(PortalDbFactory factory, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    private const int ShortestPurpose = 5;
    private const int LongestText = 500;
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMinutes(1);

    /// <summary>A start that is this much in the past was "now" when the form was sent.</summary>
    private static readonly TimeSpan StartTolerance = TimeSpan.FromMinutes(5);

    public async Task<Outcome<AccessRequest>> SubmitAsync(Actor actor, Guid serviceId, string purpose, string? workOrder, DateTimeOffset startsAt, TimeSpan duration, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await factory.ForAsync(actor, Policies.Technician, cancellationToken);
        var target = await (
            from s in db.Services
            join a in db.Assets on s.AssetId equals a.Id
            join p in db.Plants on a.PlantId equals p.Id
            where s.Id == serviceId && s.ArchivedAt == null && a.ArchivedAt == null && p.ArchivedAt == null
            select new { Service = s.Name, Asset = a.Name, Plant = p.Name, PlantId = p.Id }).FirstOrDefaultAsync(cancellationToken);
        if (target is null)
        {
            return "This service does not exist any more.";
        }

        if (await db.AccessPolicies.AsNoTracking().FirstOrDefaultAsync(p => p.PlantId == target.PlantId, cancellationToken) is not { } policy)
        {
            return $"{target.Plant} takes no requests. Ask an admin to set a policy for it.";
        }

        if (purpose.Trim() is not { Length: >= ShortestPurpose and <= LongestText } cleanPurpose || workOrder is { Length: > 60 })
        {
            return $"Say what you want to do, in {ShortestPurpose} to {LongestText} characters.";
        }

        if (startsAt < now - StartTolerance || startsAt > now + policy.FarthestStart)
        {
            return $"The window must start between now and {policy.FarthestStart.TotalDays:0} days from now.";
        }

        if (duration < ShortestWindow || duration > policy.LongestWindow)
        {
            return $"The window can be from {ShortestWindow.TotalMinutes:0} minute to {policy.LongestWindow.TotalHours:0.#} hours long.";
        }

        if (await db.AccessRequests.AnyAsync(r => r.UserId == actor.UserId && r.ServiceId == serviceId && r.State == AccessRequestState.Pending && r.EndsAt > now, cancellationToken))
        {
            return "You have already asked for this; the request waits for an admin. Withdraw it first to ask for something else.";
        }

        var start = startsAt < now ? now : startsAt;
        var request = new AccessRequest
        {
            TenantId = actor.TenantId,
            UserId = actor.UserId,
            ServiceId = serviceId,
            Purpose = cleanPurpose,
            WorkOrder = string.IsNullOrWhiteSpace(workOrder) ? null : workOrder.Trim(),
            StartsAt = start,
            EndsAt = start + duration,
            CreatedAt = now,
        };
        db.Add(request);
        await db.SaveChangesAsync(cancellationToken);
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.AccessRequested, "request", request.Id, $"{target.Service}, {target.Asset}, {target.Plant}", reason: cleanPurpose), cancellationToken);
        await changes.PublishAsync(actor.TenantId, cancellationToken);
        return request;
    }

    public async Task<string?> WithdrawAsync(Actor actor, Guid requestId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Technician, cancellationToken);
        var withdrawn = await db.AccessRequests.Where(r => r.Id == requestId && r.UserId == actor.UserId && r.State == AccessRequestState.Pending)
            .ExecuteUpdateAsync(r => r.SetProperty(x => x.State, AccessRequestState.Withdrawn).SetProperty(x => x.DecidedAt, time.GetUtcNow()), cancellationToken);
        if (withdrawn == 0)
        {
            return "This request was decided or withdrawn before.";
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.RequestWithdrawn, "request", requestId, "own request"), cancellationToken);
        await changes.PublishAsync(actor.TenantId, cancellationToken);
        return null;
    }

    /// <param name="duration">Shorter than what was asked for, if the admin says so; null: as asked.</param>
    public async Task<Outcome<Grant>> ApproveAsync(Actor actor, Guid requestId, string comment, TimeSpan? duration, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var (request, error) = await DecideAsync(db, actor, requestId, AccessRequestState.Approved, comment, now, cancellationToken);
        if (request is null)
        {
            return error!;
        }

        if (!await db.Services.AnyAsync(s => s.Id == request.ServiceId && s.ArchivedAt == null, cancellationToken))
        {
            return "The service that was asked for was removed.";
        }

        if (!await db.People.AnyAsync(u => u.Id == request.UserId && u.DisabledAt == null, cancellationToken))
        {
            return "Who asked for it is disabled.";
        }

        // Asked for "now", approved later: the window begins with the approval and keeps its length.
        var asked = request.EndsAt - request.StartsAt;
        var length = duration is { } shorter && shorter > TimeSpan.Zero && shorter < asked ? shorter : asked;
        var start = request.StartsAt < now ? now : request.StartsAt;
        var grant = new Grant
        {
            TenantId = actor.TenantId,
            RequestId = request.Id,
            UserId = request.UserId,
            ServiceId = request.ServiceId,
            Purpose = request.Purpose,
            ApprovedById = actor.UserId,
            StartsAt = start,
            EndsAt = start + length,
            CreatedAt = now,
        };
        db.Add(grant);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e is DbUpdateConcurrencyException || e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // Whichever of the two the database notices first: the request's version, or its one grant.
            return "Somebody else has just decided this request.";
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.RequestApproved, "request", request.Id, request.Purpose, reason: comment.Trim()), cancellationToken);
        await changes.PublishAsync(actor.TenantId, cancellationToken);
        return grant;
    }

    public async Task<string?> DenyAsync(Actor actor, Guid requestId, string comment, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(comment))
        {
            return "Say why, so that the technician knows what to do next.";
        }

        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        var (request, error) = await DecideAsync(db, actor, requestId, AccessRequestState.Denied, comment, time.GetUtcNow(), cancellationToken);
        if (request is null)
        {
            return error;
        }

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return "Somebody else has just decided this request.";
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.RequestDenied, "request", request.Id, request.Purpose, reason: comment.Trim()), cancellationToken);
        await changes.PublishAsync(actor.TenantId, cancellationToken);
        return null;
    }

    /// <summary>Those that wait for services which are no more.</summary>
    /// <param name="by">Null: the portal itself.</param>
    /// <returns>How many there were.</returns>
    internal Task<int> DenyAllAsync(Actor? by, IReadOnlyCollection<Guid> services, string comment, CancellationToken cancellationToken) =>
        DenyAllAsync(by, r => services.Contains(r.ServiceId), comment, cancellationToken);

    /// <summary>Those of somebody who is disabled.</summary>
    internal Task<int> DenyAllAsync(Actor? by, Guid userId, string comment, CancellationToken cancellationToken) => DenyAllAsync(by, r => r.UserId == userId, comment, cancellationToken);

    private async Task<int> DenyAllAsync(Actor? by, Expression<Func<AccessRequest, bool>> which, string comment, CancellationToken cancellationToken)
    {
        var (who, count) = (by?.UserId, 0);
        await using var db = factory.ForSystem();
        foreach (var request in await db.AccessRequests.AsNoTracking().Where(which).Where(r => r.State == AccessRequestState.Pending).ToListAsync(cancellationToken))
        {
            var denied = await db.AccessRequests.Where(r => r.Id == request.Id && r.State == AccessRequestState.Pending).ExecuteUpdateAsync(
                r => r.SetProperty(x => x.State, AccessRequestState.Denied).SetProperty(x => x.DecidedById, who).SetProperty(x => x.DecidedAt, time.GetUtcNow()).SetProperty(x => x.Comment, comment), cancellationToken);
            if (denied > 0)
            {
                await audit.AppendAsync(AuditEvent.By(by, request.TenantId, AuditAction.RequestDenied, "request", request.Id, request.Purpose, reason: comment), cancellationToken);
                count++;
            }
        }

        return count;
    }

    public async Task<IReadOnlyList<RequestSummary>> ListAsync(Actor actor, bool own, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await factory.ForAsync(actor, own ? Policies.SignedIn : Policies.Admin, cancellationToken);
        return await (
            from r in db.AccessRequests.AsNoTracking()
            join u in db.People on r.UserId equals u.Id
            join s in db.Services on r.ServiceId equals s.Id
            join a in db.Assets on s.AssetId equals a.Id
            join p in db.Plants on a.PlantId equals p.Id
            where own ? r.UserId == actor.UserId : r.State == AccessRequestState.Pending && r.EndsAt > now
            orderby r.CreatedAt descending
            select new RequestSummary(r, u.Name, s.Name, a.Name, p.Name)).Take(50).ToListAsync(cancellationToken);
    }

    private async Task<Outcome<AccessRequest>> DecideAsync(PortalDb db, Actor actor, Guid requestId, AccessRequestState state, string comment, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await db.AccessRequests.FirstOrDefaultAsync(r => r.Id == requestId, cancellationToken) is not { } request)
        {
            return "This request does not exist.";
        }

        if (request.State != AccessRequestState.Pending)
        {
            return "Somebody else has just decided this request.";
        }

        if (request.UserId == actor.UserId)
        {
            const string reason = "You cannot decide your own request. Ask another admin.";
            var action = state == AccessRequestState.Approved ? AuditAction.RequestApproved : AuditAction.RequestDenied;
            await audit.AppendAsync(AuditEvent.By(actor, action, "request", requestId, "own request", AuditResult.Refused, reason), cancellationToken);
            return reason;
        }

        if (request.EndsAt <= now)
        {
            return "The window that was asked for is over.";
        }

        (request.State, request.DecidedById, request.DecidedAt, request.Comment) = (state, actor.UserId, now, comment.Trim() is { Length: > LongestText } tooLong ? tooLong[..LongestText] : comment.Trim());
        return request;
    }
}

public sealed record RequestSummary(AccessRequest Request, string User, string Service, string Asset, string Plant);
