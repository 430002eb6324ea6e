using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.Provider;

namespace Sallyport.Portal.Identity;

/// <summary>Somebody has to wait before they can try another password for a user's account.</summary>
/// <param name="From">Who: for a person.</param>
internal sealed record SignInDelay(DateTimeOffset Until, string From);

/// <summary>What admins see and end of the waits after wrong passwords (<see cref="PasswordThrottle"/>).</summary>
internal sealed class SignInDelays(PortalDbFactory factory, PasswordThrottle throttle, IOptions<PortalOptions> portal, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    private string EmbeddedIssuer => portal.Value.PublicUrl + ProviderRoutes.Base;

    /// <returns>The longest of each user who has any, by the user's id.</returns>
    public async Task<IReadOnlyDictionary<Guid, SignInDelay>> ListAsync(Actor admin, CancellationToken cancellationToken)
    {
        var (now, issuer) = (time.GetUtcNow(), EmbeddedIssuer);
        await using var db = await factory.ForAsync(admin, Policies.Admin, cancellationToken);
        var delays = await (
            from a in db.PasswordAttempts.AsNoTracking()
            join u in db.People on a.AccountId.ToString() equals u.Subject
            where u.Issuer == issuer && a.BlockedUntil > now
            orderby a.BlockedUntil descending
            select new { UserId = u.Id, a.BlockedUntil, a.Source }).ToListAsync(cancellationToken);
        return delays.DistinctBy(d => d.UserId).ToDictionary(d => d.UserId, d => new SignInDelay(d.BlockedUntil, new AttemptSource(d.Source).Description));
    }

    public async Task<string?> EndAsync(Actor admin, Guid userId, CancellationToken cancellationToken)
    {
        var issuer = EmbeddedIssuer;
        await using var db = await factory.ForAsync(admin, Policies.Admin, cancellationToken);
        if (await db.People.AsNoTracking().FirstOrDefaultAsync(u => u.Id == userId && u.Issuer == issuer, cancellationToken) is not { } user || !Guid.TryParse(user.Subject, out var accountId))
        {
            return "This user does not exist any more, or signs in elsewhere.";
        }

        await throttle.ClearAsync(accountId, cancellationToken);
        await audit.AppendAsync(AuditEvent.By(admin, AuditAction.SignInDelayEnded, "user", user.Id, user.Name), CancellationToken.None);
        await changes.PublishAsync(admin.TenantId, cancellationToken);
        return null;
    }
}
