using System.Net;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Plants;

/// <summary>What an admin says of a service. An empty secret keeps the one that is stored.</summary>
/// <param name="Kind">Fixed once the service exists.</param>
/// <param name="UserName">Empty where the protocol has none, such as VNC.</param>
/// <param name="ViewSecret">Of a screen with two passwords: the one for looking; then <paramref name="Secret"/> is the one for working.</param>
public sealed record ServiceSpec(
    ServiceKind Kind, string Name, int Port, string UserName, string? Secret, bool SecretIsKey, int IdleMinutes, ScreenSettings? Screen = null, WebSettings? Web = null, string? ViewSecret = null);

/// <summary>Assets and the ways into them.</summary>
public sealed class AssetRegistry(PortalDbFactory factory, CredentialSeal seal, Paths paths, GatewayLink gateways, SessionEndings endings, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    private const int MaxSecret = 16 * 1024;
    private static readonly TimeSpan ScanWindow = TimeSpan.FromSeconds(30);

    public async Task<Outcome<Asset>> AddAsync(Actor actor, Guid plantId, string name, string address, string tags, bool? releaseRequired, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        if (await db.Plants.AsNoTracking().FirstOrDefaultAsync(p => p.Id == plantId && p.ArchivedAt == null, cancellationToken) is not { } plant)
        {
            return "This plant does not exist.";
        }

        var spec = new AssetSpec(name, address, tags, releaseRequired);
        if (AssetRules.Fault(spec, plant) is { } fault)
        {
            return fault;
        }

        var asset = new Asset
        {
            TenantId = actor.TenantId,
            PlantId = plantId,
            Name = name.Trim(),
            Address = IPAddress.Parse(address.Trim()),
            Tags = AssetRules.Tags(spec),
            ReleaseRequired = releaseRequired,
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(asset);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return $"There is already an asset called {asset.Name} in this plant.";
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.AssetAdded, "asset", asset.Id, $"{asset.Name}, {plant.Name}"), cancellationToken);
        return asset;
    }

    /// <param name="serviceId">Null for a new one.</param>
    /// <param name="version">That of the service which the admin saw; null when they saw none.</param>
    public async Task<Outcome<Service>> SaveServiceAsync(Actor actor, Guid assetId, Guid? serviceId, ServiceSpec spec, CancellationToken cancellationToken, int? version = null)
    {
        await using var db = factory.For(actor);
        if (await db.Assets.AsNoTracking().FirstOrDefaultAsync(a => a.Id == assetId && a.ArchivedAt == null, cancellationToken) is not { } asset)
        {
            return "This asset does not exist.";
        }

        if (ServiceRules.Fault(spec) is { } fault)
        {
            return fault;
        }

        if (spec.Secret is { Length: > MaxSecret } || (spec.SecretIsKey && !string.IsNullOrEmpty(spec.Secret) && !spec.Secret.Contains("PRIVATE KEY-----", StringComparison.Ordinal)))
        {
            return "The private key must be given in PEM or OpenSSH form, without a passphrase.";
        }

        var service = serviceId is { } id ? await db.Services.FirstOrDefaultAsync(s => s.Id == id && s.AssetId == assetId && s.ArchivedAt == null, cancellationToken) : null;
        if (service is null && serviceId is not null)
        {
            return "This service was removed.";
        }

        if (service is not null && service.Version != (version ?? service.Version))
        {
            return Edits.Overtaken(service.Name);
        }

        var isNew = service is null;
        if (service is not null && service.Kind != spec.Kind)
        {
            return "A service keeps its kind. Add another one.";
        }

        if (isNew && string.IsNullOrEmpty(spec.Secret) && (spec.Kind == ServiceKind.Ssh || spec is { Kind: ServiceKind.Web, Web.SignIn: not WebSignIn.None }))
        {
            return "Give the password or the private key that the gateway signs in with.";
        }

        var passwords = service is { Kind: ServiceKind.Vnc } ? ScreenPasswords.Read(seal.Open(service.SealedCredential, service.Id)) : new ScreenPasswords("", null);
        passwords = passwords.With(spec.Secret, spec.ViewSecret, spec.Screen is { ViewPassword: true });
        if (spec is { Kind: ServiceKind.Vnc, Screen.ViewPassword: true } && passwords is not { Control.Length: > 0, View.Length: > 0 })
        {
            return "Give both passwords: the one for looking and the one for working.";
        }

        service ??= new Service { TenantId = actor.TenantId, AssetId = assetId, Name = "", Kind = spec.Kind, Port = spec.Port, UserName = "", SealedCredential = [], CreatedAt = time.GetUtcNow() };
        if (!isNew && string.IsNullOrEmpty(spec.Secret) && spec.SecretIsKey != service.CredentialIsKey)
        {
            return $"What is stored is a {(service.CredentialIsKey ? "private key" : "password")}. Give the {(spec.SecretIsKey ? "private key" : "password")} that replaces it.";
        }

        var moved = !isNew && service.Port != spec.Port;
        if (moved)
        {
            service.Unpin();
        }

        var detail = isNew ? null : Edits.Detail(
            ("name", service.Name, spec.Name.Trim()),
            ("port", service.Port, spec.Port),
            ("user", service.UserName, spec.UserName.Trim()),
            ("idleMinutes", service.IdleMinutes, spec.IdleMinutes),
            ("settings", Settings(service.Screen, service.Web), spec.Kind switch { ServiceKind.Vnc => Settings(spec.Screen ?? new(), null), ServiceKind.Web => Settings(null, spec.Web ?? new()), _ => "" }));
        (service.Name, service.Port, service.UserName, service.IdleMinutes) = (spec.Name.Trim(), spec.Port, spec.UserName.Trim(), spec.IdleMinutes);
        service.Screen = spec.Kind == ServiceKind.Vnc ? spec.Screen ?? new ScreenSettings() : null;
        service.Web = spec.Kind == ServiceKind.Web ? spec.Web ?? new WebSettings() : null;
        if (spec.Kind == ServiceKind.Vnc)
        {
            service.SealedCredential = seal.Seal(passwords.Text, service.Id);
        }
        else if (!string.IsNullOrEmpty(spec.Secret) || isNew)
        {
            service.SealedCredential = seal.Seal(spec.SecretIsKey ? spec.Secret!.ReplaceLineEndings("\n").Trim() + "\n" : spec.Secret ?? "", service.Id);
            service.CredentialIsKey = spec.SecretIsKey;
        }

        service.Version++;
        if (isNew)
        {
            db.Add(service);
        }

        if (await Edits.SaveAsync(db, service.Name, $"This asset already has a service called {spec.Name.Trim()}.", cancellationToken) is { } error)
        {
            return error;
        }

        await audit.AppendAsync(AuditEvent.By(actor, isNew ? AuditAction.ServiceAdded : AuditAction.ServiceChanged, "service", service.Id, $"{service.Name}, {asset.Name}", detail: detail), CancellationToken.None);
        if (!isNew && !(string.IsNullOrEmpty(spec.Secret) && string.IsNullOrEmpty(spec.ViewSecret)))
        {
            await audit.AppendAsync(AuditEvent.By(actor, AuditAction.CredentialChanged, "service", service.Id, $"{service.Name}, {asset.Name}"), CancellationToken.None);
        }

        if (moved)
        {
            await endings.EndAllAsync(s => s.ServiceId == service.Id, SessionEndReason.Revoked, $"An admin gave {service.Name} of {asset.Name} another port.", CancellationToken.None);
        }

        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return service;
    }

    /// <summary>Reads the service's host key through the tunnel, over a path that is open for this alone.</summary>
    public async Task<Outcome<HostKeyScanResult>> ScanHostKeyAsync(Actor actor, Guid serviceId, CancellationToken cancellationToken)
    {
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
            result = await gateways.ScanHostKeyAsync(gateway.Id, scanId, address, service.Port, service.Kind, cancellationToken);
        }
        finally
        {
            await paths.CloseAsync(scanId, "The scan is over.", CancellationToken.None);
        }

        await audit.AppendAsync(
            AuditEvent.By(actor, AuditAction.HostKeyScanned, "service", service.Id, $"{service.Name}, {asset.Name}", result.Error is null ? AuditResult.Success : AuditResult.Failed, result.Error ?? result.Fingerprint),
            cancellationToken);
        return result.Error is null ? result : $"The host key of {asset.Name} could not be read: {result.Error}";
    }

    /// <param name="version">That of the service whose key was read; null when nobody could have changed it since.</param>
    public async Task<string?> PinHostKeyAsync(Actor actor, Guid serviceId, HostKeyScanResult key, CancellationToken cancellationToken, int? version = null)
    {
        await using var db = factory.For(actor);
        if (await db.Services.FirstOrDefaultAsync(s => s.Id == serviceId && s.ArchivedAt == null, cancellationToken) is not { } service || key.HostKey is null)
        {
            return "This service does not exist, or its host key was not read.";
        }

        const string another = "This service was changed after its key was read, which may be another machine's. Read it again.";
        if (service.Version != (version ?? service.Version))
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
        await using var db = factory.For(actor);
        var found = await (
            from service in db.Services.AsNoTracking()
            join asset in db.Assets.AsNoTracking() on service.AssetId equals asset.Id
            join plant in db.Plants.AsNoTracking() on asset.PlantId equals plant.Id
            where service.Id == serviceId && service.ArchivedAt == null
            select new { service, asset, plant }).FirstOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.service, found.asset, found.plant);
    }

    /// <summary>Assets of the tenant (or of one plant) with their plant and services, by plant and name.</summary>
    public async Task<IReadOnlyList<AssetListing>> ListAsync(Actor actor, Guid? plantId, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        var plants = await db.Plants.AsNoTracking().Where(p => (plantId == null || p.Id == plantId) && p.ArchivedAt == null).ToDictionaryAsync(p => p.Id, cancellationToken);
        var services = (await db.Services.AsNoTracking().Where(s => s.ArchivedAt == null).OrderBy(s => s.Name).ToListAsync(cancellationToken)).ToLookup(s => s.AssetId);
        var assets = await db.Assets.AsNoTracking().Where(a => (plantId == null || a.PlantId == plantId) && a.ArchivedAt == null).ToListAsync(cancellationToken);

        // Read one after the other: a plant may have been removed in between.
        return [.. assets.Where(a => plants.ContainsKey(a.PlantId)).Select(a => new AssetListing(plants[a.PlantId], a, [.. services[a.Id]])).OrderBy(a => a.Plant.Name).ThenBy(a => a.Asset.Name)];
    }

    // Nothing secret is in them: the credential is sealed beside them.
    private static string Settings(ScreenSettings? screen, WebSettings? web) =>
        screen is null && web is null ? "" : System.Text.Json.JsonSerializer.Serialize<object>((object?)screen ?? web!, LinkJson.Options);
}

public sealed record AssetListing(Plant Plant, Asset Asset, IReadOnlyList<Service> Services)
{
    public bool NeedsRelease => Asset.ReleaseRequired ?? Plant.ReleaseRequired;
}
