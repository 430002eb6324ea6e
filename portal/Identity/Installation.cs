using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity;

/// <summary>
/// Who runs the installation: the company that was there first (docs/decisions/0011-who-runs-the-installation.md). What belongs to no
/// company, such as gateways, hubs and what happened to them, is for that company's people.
/// </summary>
public sealed class Installation(PortalDbFactory factory)
{
    public async Task<bool> IsRunByAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        return await db.Tenants.OrderBy(t => t.CreatedAt).ThenBy(t => t.Id).Select(t => t.Id).FirstOrDefaultAsync(cancellationToken) == actor.TenantId;
    }

    /// <summary>Whether they may remove gateways and hubs and give them new keys.</summary>
    public async Task<bool> IsAdministeredByAsync(Actor actor, CancellationToken cancellationToken) => actor.Is(Role.Admin) && await IsRunByAsync(actor, cancellationToken);
}
