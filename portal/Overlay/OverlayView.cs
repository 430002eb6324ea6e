using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;

namespace Sallyport.Portal.Overlay;

/// <summary>The shared parts that carry every tenant's sessions. They belong to nobody, so no tenant filters them; they hold nothing of anybody.</summary>
public sealed class OverlayView(PortalDbFactory factory)
{
    public async Task<(IReadOnlyList<Hub> Hubs, IReadOnlyList<Gateway> Gateways)> ReadAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        return (await db.Hubs.AsNoTracking().OrderBy(h => h.Name).ToListAsync(cancellationToken), await db.Gateways.AsNoTracking().OrderBy(g => g.Name).ToListAsync(cancellationToken));
    }
}
