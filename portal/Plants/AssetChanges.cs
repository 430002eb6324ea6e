using System.Net;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Plants;

/// <summary>Adds assets, and changes what is said of them. One with another address is another machine: what was pinned of the old one and the credentials that were given for it are dropped, and nobody goes on working on it.</summary>
public sealed class AssetChanges(PortalDbFactory factory, SessionTerminator terminator, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    public async Task<Outcome<Asset>> AddAsync(Actor actor, Guid plantId, AssetSpec spec, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await RowLocks.PlantAsync(db, plantId, cancellationToken) is not { } plant)
        {
            return "This plant does not exist.";
        }

        if (AssetRules.Fault(spec, plant) is { } fault)
        {
            return fault;
        }

        var asset = new Asset
        {
            TenantId = actor.TenantId,
            PlantId = plantId,
            Name = spec.Name.Trim(),
            Address = IPAddress.Parse(spec.Address.Trim()),
            Tags = AssetRules.Tags(spec),
            ReleaseRequired = spec.ReleaseRequired,
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(asset);
        if (await OptimisticSave.SaveAsync(db, asset.Name, NameTaken(asset), cancellationToken) is { } error)
        {
            return error;
        }

        await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.AssetAdded, "asset", asset.Id, $"{asset.Name}, {plant.Name}"), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return asset;
    }

    /// <param name="version">That of the asset which the admin saw.</param>
    public async Task<Outcome<Asset>> SaveAsync(Actor actor, Guid assetId, AssetSpec spec, int version, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await RowLocks.AssetAsync(db, assetId, cancellationToken) is not { } asset)
        {
            return "This asset was removed.";
        }

        var plant = await db.Plants.AsNoTracking().FirstAsync(p => p.Id == asset.PlantId, cancellationToken);
        if (asset.Version != version)
        {
            return OptimisticSave.Overtaken(asset.Name);
        }

        if (AssetRules.Fault(spec, plant) is { } fault)
        {
            return fault;
        }

        var (address, tags) = (IPAddress.Parse(spec.Address.Trim()), AssetRules.Tags(spec));
        var moved = !asset.Address.Equals(address);
        var detail = OptimisticSave.Detail(
            ("name", asset.Name, spec.Name.Trim()),
            ("address", asset.Address, address),
            ("tags", string.Join(", ", asset.Tags), string.Join(", ", tags)),
            ("releaseRequired", asset.ReleaseRequired, spec.ReleaseRequired));
        (asset.Name, asset.Address, asset.Tags, asset.ReleaseRequired) = (spec.Name.Trim(), address, tags, spec.ReleaseRequired);
        asset.Version++;
        var (emptied, withdrawn) = (new List<Service>(), new List<Service>());
        foreach (var service in moved ? await db.Services.Where(s => s.AssetId == assetId).ToListAsync(cancellationToken) : [])
        {
            if (!CredentialSeal.IsEmpty(service.SealedCredential))
            {
                emptied.Add(service);
            }

            service.Unpin();
            service.ForgetCredential();
            if (service.LegacySsh is not null)
            {
                // It was allowed for the device that stood there.
                service.LegacySsh = null;
                withdrawn.Add(service);
            }

            service.Version++;
        }

        if (await OptimisticSave.SaveAsync(db, asset.Name, NameTaken(asset), cancellationToken) is { } error)
        {
            return error;
        }

        if (detail.Count > 0)
        {
            await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.AssetChanged, "asset", asset.Id, $"{asset.Name}, {plant.Name}", detail: detail), cancellationToken);
        }

        foreach (var service in emptied)
        {
            await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.CredentialChanged, "service", service.Id, $"{service.Name}, {asset.Name}", reason: "The stored one is gone: it was given for the asset's former address."), cancellationToken);
        }

        foreach (var service in withdrawn)
        {
            await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.LegacySshChanged, "service", service.Id, $"{service.Name}, {asset.Name}", reason: "Withdrawn: they were allowed for the asset's former address."), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        if (moved)
        {
            await terminator.EndAllAsync(s => s.AssetId == assetId, SessionEndReason.Revoked, $"An admin gave {asset.Name} another address.", CancellationToken.None);
        }

        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return asset;
    }

    private static string NameTaken(Asset asset) => $"There is already an asset called {asset.Name} in this plant.";
}
