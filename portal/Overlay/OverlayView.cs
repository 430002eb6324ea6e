using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Overlay;

/// <summary>What hubs found and nobody had ordered. Hubs belong to nobody, so no tenant filters it; it holds nothing of anybody.</summary>
public sealed class OverlayView(PortalDbFactory factory)
{
    private const int Shown = 50;

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<(string Hub, HubDrift Drift)>> DriftAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var found = await (from d in db.HubDrifts.AsNoTracking() join h in db.Hubs on d.HubId equals h.Id orderby d.HealedAt == null descending, d.LastSeenAt descending select new { h.Name, Drift = d }).Take(Shown).ToListAsync(cancellationToken);
        return [.. found.Select(d => (d.Name, d.Drift))];
    }
}
