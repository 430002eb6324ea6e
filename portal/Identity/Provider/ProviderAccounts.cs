using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Which accounts may sign in, at whichever client: those that exist and whose user no admin has disabled.</summary>
internal sealed class ProviderAccounts(PortalDbFactory factory, IOptions<PortalOptions> portal, TimeProvider time)
{
    public const int MaxFailures = 5;
    public static readonly TimeSpan LockTime = TimeSpan.FromMinutes(10);

    private string Issuer => portal.Value.PublicUrl + ProviderRoutes.Base;

    public async Task<Account?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var (issuer, subject) = (Issuer, id.ToString());
        await using var db = factory.ForSystem();
        return await db.Users.AsNoTracking()
            .FirstOrDefaultAsync(a => a.Id == id && !db.People.Any(u => u.Issuer == issuer && u.Subject == subject && u.DisabledAt != null), cancellationToken);
    }

    /// <summary>Whose audit log an account's failures belong to; null for an account that is no user here.</summary>
    public async Task<Guid?> TenantAsync(Guid id, CancellationToken cancellationToken)
    {
        var (issuer, subject) = (Issuer, id.ToString());
        await using var db = factory.ForSystem();
        return await db.People.Where(u => u.Issuer == issuer && u.Subject == subject).Select(u => (Guid?)u.TenantId).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>
    /// Counts a try at a password before the password is looked at: of many that guess at once, none is left out.
    /// False when the account is locked.
    /// </summary>
    public async Task<bool> MayTryAsync(Guid id, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow(), until = now + LockTime;
        await using var db = factory.ForSystem();
        return await db.Users.Where(a => a.Id == id && (a.LockoutEnd == null || a.LockoutEnd <= now)).ExecuteUpdateAsync(
            a => a.SetProperty(x => x.AccessFailedCount, x => x.AccessFailedCount + 1 < MaxFailures ? x.AccessFailedCount + 1 : 0)
                .SetProperty(x => x.LockoutEnd, x => x.AccessFailedCount + 1 < MaxFailures ? null : until),
            cancellationToken) == 1;
    }

    /// <summary>The password was right: the tries before it count no more.</summary>
    public async Task ForgiveAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        await db.Users.Where(a => a.Id == id).ExecuteUpdateAsync(
            a => a.SetProperty(x => x.AccessFailedCount, 0).SetProperty(x => x.LockoutEnd, (DateTimeOffset?)null),
            cancellationToken);
    }
}
