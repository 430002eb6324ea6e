using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Which accounts may sign in, at whichever client: those that exist and whose user no admin has disabled.</summary>
internal sealed class ProviderAccounts(PortalDbFactory factory, IOptions<PortalOptions> portal)
{
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
}
