using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Sessions;

/// <summary>Ends the looks at others' sessions that were begun by a sign-in which ended.</summary>
internal sealed class SignedInWatches(PortalDbFactory factory, GatewayLink gateways, AuditLog audit, TimeProvider time) : IEndsWithSignIn
{
    public async Task EndAsync(EndedSignIn ended, CancellationToken cancellationToken)
    {
        DateTimeOffset? now = time.GetUtcNow();
        var (userId, signInId, newer) = (ended.UserId, ended.SignInId, ended.ReplacedBy);
        await using var db = factory.ForSystem();
        if (newer is not null)
        {
            await db.Watches.Where(w => w.UserId == userId && w.SignInId == signInId && w.EndedAt == null).ExecuteUpdateAsync(w => w.SetProperty(x => x.SignInId, newer), cancellationToken);
            return;
        }

        var watches = await (
            from w in db.Watches
            join s in db.Sessions on w.SessionId equals s.Id
            join u in db.People on w.UserId equals u.Id
            where w.UserId == userId && (signInId == null || w.SignInId == signInId) && w.EndedAt == null && s.State == SessionState.Active
            select new { Watch = w, Session = s, User = u.Name }).AsNoTracking().ToListAsync(cancellationToken);
        foreach (var found in watches)
        {
            if (await db.Watches.Where(w => w.Id == found.Watch.Id && w.EndedAt == null).ExecuteUpdateAsync(w => w.SetProperty(x => x.EndedAt, now), cancellationToken) == 0)
            {
                continue;
            }

            if (found.Session.GatewayId is { } gatewayId)
            {
                gateways.EndWatch(gatewayId, new EndWatch(found.Session.Id, found.Watch.Id, ended.Message));
            }

            if (found.Watch.RedeemedAt is not null)
            {
                await audit.AppendAsync(
                    AuditEvent.BySystem("portal", found.Watch.TenantId, AuditAction.WatchEnded, "session", found.Session.Id.ToString(), $"{found.User} at {await SessionNames.OfAsync(db, found.Session, CancellationToken.None)}", reason: ended.Message),
                    CancellationToken.None);
            }
        }
    }
}
