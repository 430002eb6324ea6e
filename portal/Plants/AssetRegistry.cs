using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Overlay;

namespace Sallyport.Portal.Plants;

/// <summary>Finds assets and the ways into them, and reads and pins the keys that they show.</summary>
public sealed class AssetRegistry(PortalDbFactory factory, Paths paths, GatewayLink gateways, AuditLog audit, TimeProvider time)
{
    private static readonly TimeSpan ScanWindow = TimeSpan.FromSeconds(30);

    /// <summary>Reads the service's host key through the tunnel, over a path that is open for this alone.</summary>
    /// <returns>The key; or that of an asset which is too old, and what it would have to be allowed.</returns>
    public async Task<Outcome<HostKeyScanResult>> ScanHostKeyAsync(Actor actor, Guid serviceId, CancellationToken cancellationToken)
    {
        actor = await factory.ProveAsync(actor, Policies.Admin, cancellationToken);
        if (await FindAsync(actor, serviceId, cancellationToken) is not var (service, asset, plant))
        {
            return "This service does not exist.";
        }

        if (await gateways.PickAsync(cancellationToken) is not { } gateway)
        {
            return "No gateway is connected to the portal.";
        }

        var scanId = Guid.CreateVersion7();
        var address = OverlayAddresses.ToVirtual(asset.Address, plant.LanPrefix, plant.VirtualPrefix);
        var spec = new PathSpec(scanId, actor.TenantId, plant.HubId, gateway.OverlayAddress, address, service.Port, time.GetUtcNow() + ScanWindow, "host key scan");
        if (await paths.OpenAsync(spec, cancellationToken) is { } error)
        {
            return $"The path to {asset.Name} could not be opened: {error}";
        }

        HostKeyScanResult result;
        try
        {
            result = await gateways.ScanHostKeyAsync(gateway.Id, scanId, address, service.Port, service.Kind, service.LegacyInForce(time.GetUtcNow()), cancellationToken);
        }
        finally
        {
            await paths.CloseAsync(scanId, "The scan is over.", CancellationToken.None);
        }

        await audit.AppendAsync(
            AuditEvent.By(actor, AuditAction.HostKeyScanned, "service", service.Id, $"{service.Name}, {asset.Name}", result.Error is null ? AuditResult.Success : AuditResult.Failed, result.Error ?? result.Fingerprint),
            cancellationToken);
        return result.Error is null || result.LegacyNeeded is { Count: > 0 } ? result : $"The host key of {asset.Name} could not be read: {result.Error}";
    }

    /// <param name="version">That of the service whose key was read.</param>
    public async Task<string?> PinHostKeyAsync(Actor actor, Guid serviceId, HostKeyScanResult key, int version, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        if (await db.Services.FirstOrDefaultAsync(s => s.Id == serviceId && s.ArchivedAt == null, cancellationToken) is not { } service || key.HostKey is null)
        {
            return "This service does not exist, or its host key was not read.";
        }

        const string another = "This service was changed after its key was read, which may be another machine's. Read it again.";
        if (service.Version != version)
        {
            return another;
        }

        var detail = new Dictionary<string, string> { ["before"] = service.HostKeyFingerprint ?? "(none)", ["after"] = key.Fingerprint ?? "" };
        (service.HostKey, service.HostKeyAlgorithm, service.HostKeyFingerprint) = (key.HostKey, key.Algorithm, key.Fingerprint);
        (service.HostKeyPinnedAt, service.HostKeyPinnedById) = (time.GetUtcNow(), actor.UserId);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return another;
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.HostKeyPinned, "service", service.Id, service.Name, reason: key.Fingerprint, detail: detail), cancellationToken);
        return null;
    }

    public async Task<(Service Service, Asset Asset, Plant Plant)?> FindAsync(Actor actor, Guid serviceId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        var found = await (
            from service in db.Services.AsNoTracking()
            join asset in db.Assets.AsNoTracking() on service.AssetId equals asset.Id
            join plant in db.Plants.AsNoTracking() on asset.PlantId equals plant.Id
            where service.Id == serviceId && service.ArchivedAt == null && asset.ArchivedAt == null && plant.ArchivedAt == null
            select new { service, asset, plant }).FirstOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.service, found.asset, found.plant);
    }

    /// <summary>Assets of the tenant (or of one plant) with their plant and services, by plant and name.</summary>
    public async Task<IReadOnlyList<AssetSummary>> ListAsync(Actor actor, Guid? plantId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        var plants = await db.Plants.AsNoTracking().Where(p => (plantId == null || p.Id == plantId) && p.ArchivedAt == null).ToDictionaryAsync(p => p.Id, cancellationToken);
        var services = (await db.Services.AsNoTracking().Where(s => s.ArchivedAt == null).OrderBy(s => s.Name).ToListAsync(cancellationToken)).ToLookup(s => s.AssetId);
        var assets = await db.Assets.AsNoTracking().Where(a => (plantId == null || a.PlantId == plantId) && a.ArchivedAt == null).ToListAsync(cancellationToken);

        // Read one after the other: a plant may have been removed in between.
        return [.. assets.Where(a => plants.ContainsKey(a.PlantId)).Select(a => new AssetSummary(plants[a.PlantId], a, [.. services[a.Id]])).OrderBy(a => a.Plant.Name).ThenBy(a => a.Asset.Name)];
    }
}

public sealed record AssetSummary(Plant Plant, Asset Asset, IReadOnlyList<Service> Services)
{
    public bool NeedsRelease => Asset.ReleaseRequired ?? Plant.ReleaseRequired;
}
