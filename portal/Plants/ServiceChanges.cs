using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Plants;

/// <summary>Adds ways into an asset and changes them. One with another port is another server: what was pinned of the old one is dropped, and nobody goes on working on it. Its credential must be given again for whatever other destination.</summary>
public sealed class ServiceChanges(PortalDbFactory factory, CredentialSeal seal, SessionTerminator terminator, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    public async Task<Outcome<Service>> AddAsync(Actor actor, Guid assetId, ServiceSpec spec, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await RowLocks.AssetAsync(db, assetId, cancellationToken) is not { } asset)
        {
            return "This asset does not exist.";
        }

        var credential = ServiceCredential.OfNew(spec);
        if ((ServiceRules.Fault(spec) ?? LegacySshRules.Fault(spec.LegacySsh, null, time.GetUtcNow()) ?? CertificateFault(spec, null) ?? credential.Error) is { } fault)
        {
            return fault;
        }

        var service = new Service { TenantId = actor.TenantId, AssetId = assetId, Name = "", Kind = spec.Kind, Port = spec.Port, UserName = "", SealedCredential = [], CreatedAt = time.GetUtcNow() };
        Set(service, spec, credential, CredentialDestination.Of(spec, asset.Address));
        db.Add(service);
        if (await OptimisticSave.SaveAsync(db, service.Name, NameTaken(service), cancellationToken) is { } error)
        {
            return error;
        }

        await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.ServiceAdded, "service", service.Id, $"{service.Name}, {asset.Name}"), cancellationToken);
        await AuditLegacyAsync(db, actor, service, asset, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return service;
    }

    /// <param name="version">That of the service which the admin saw.</param>
    public async Task<Outcome<Service>> SaveAsync(Actor actor, Guid serviceId, ServiceSpec spec, int version, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var assetId = await db.Services.Where(s => s.Id == serviceId).Select(s => s.AssetId).FirstOrDefaultAsync(cancellationToken);
        if (await RowLocks.AssetAsync(db, assetId, cancellationToken) is not { } asset || await db.Services.FirstOrDefaultAsync(s => s.Id == serviceId && s.ArchivedAt == null, cancellationToken) is not { } service)
        {
            return "This service was removed.";
        }

        if (service.Version != version)
        {
            return OptimisticSave.Overtaken(service.Name);
        }

        if (service.Kind != spec.Kind)
        {
            return "A service keeps its kind. Add another one.";
        }

        var (former, destination) = (CredentialDestination.Of(service, asset.Address), CredentialDestination.Of(spec, asset.Address));
        var credential = ServiceCredential.Of(spec, service, former, destination, seal);
        if ((ServiceRules.Fault(spec) ?? LegacySshRules.Fault(spec.LegacySsh, service.LegacySsh, time.GetUtcNow()) ?? CertificateFault(spec, service.Certificate) ?? credential.Error) is { } fault)
        {
            return fault;
        }

        var legacyBefore = service.LegacySsh;
        var (moved, before) = (!destination.IsServerOf(former), Facts(service));
        if (moved)
        {
            service.Unpin();
        }

        if (destination != former)
        {
            service.ForgetCredential();
        }

        Set(service, spec, credential, destination);
        var detail = OptimisticSave.Detail([.. before.Zip(Facts(service), (was, now) => (was.Name, was.Value, now.Value))]);
        service.Version++;
        if (await OptimisticSave.SaveAsync(db, service.Name, NameTaken(service), cancellationToken) is { } error)
        {
            return error;
        }

        if (detail.Count > 0)
        {
            await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.ServiceChanged, "service", service.Id, $"{service.Name}, {asset.Name}", detail: detail), cancellationToken);
        }

        await AuditLegacyAsync(db, actor, service, asset, legacyBefore, cancellationToken);
        if (credential.Done is { } done)
        {
            await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.CredentialChanged, "service", service.Id, $"{service.Name}, {asset.Name}", reason: done), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        if (moved)
        {
            await terminator.EndAllAsync(s => s.ServiceId == service.Id, SessionEndReason.Revoked, $"An admin gave {service.Name} of {asset.Name} another port, or switched HTTPS on or off.", CancellationToken.None);
        }

        await EndWeakAsync(service, asset, legacyBefore);

        await changes.PublishAsync(actor.TenantId, CancellationToken.None);
        return service;
    }

    // Those that are not known to speak something else, too.
    private async Task EndWeakAsync(Service service, Asset asset, LegacySsh? before)
    {
        var message = $"An admin no longer allows what this session is encrypted with, for {service.Name} of {asset.Name}.";
        if (LegacySshRules.Lost(before, service.LegacySsh) is { Length: > 0 } lost)
        {
            await terminator.EndAllAsync(s => s.ServiceId == service.Id && (s.Algorithms == null || s.Algorithms.Any(name => lost.Contains(name))), SessionEndReason.Revoked, message, CancellationToken.None);
        }

        if (service.LegacySsh is { } after && after.EndsAt < before?.EndsAt)
        {
            string[] all = [.. after.Algorithms];
            await terminator.EndAllAsync(
                s => s.ServiceId == service.Id && s.EndsAt > after.EndsAt && (s.Algorithms == null || s.Algorithms.Any(name => all.Contains(name))), SessionEndReason.Revoked, message, CancellationToken.None);
        }
    }

    private async Task AuditLegacyAsync(PortalDb db, Actor actor, Service service, Asset asset, LegacySsh? before, CancellationToken cancellationToken)
    {
        if (!LegacySshRules.Same(service.LegacySsh, before))
        {
            var detail = OptimisticSave.Detail(("algorithms", LegacySshRules.Words(before), LegacySshRules.Words(service.LegacySsh)));
            await audit.AppendAsync(db, AuditEvent.By(actor, AuditAction.LegacySshChanged, "service", service.Id, $"{service.Name}, {asset.Name}", reason: service.LegacySsh?.Reason ?? "Withdrawn.", detail: detail), cancellationToken);
        }
    }

    private void Set(Service service, ServiceSpec spec, ServiceCredential credential, CredentialDestination destination)
    {
        (service.Name, service.Port, service.UserName, service.IdleMinutes) = (spec.Name.Trim(), spec.Port, spec.UserName.Trim(), spec.IdleMinutes);
        service.Screen = spec.Kind == ServiceKind.Vnc ? spec.Screen ?? new ScreenSettings() : null;
        service.Web = spec.Kind == ServiceKind.Web ? spec.Web ?? new WebSettings() : null;
        service.LegacySsh = LegacySshRules.Same(spec.LegacySsh, service.LegacySsh) ? service.LegacySsh : spec.LegacySsh is { } legacy ? LegacySshRules.Tidy(legacy) : null;
        service.Certificate = Certificate(spec);
        if (credential.Text is { } text)
        {
            service.SealedCredential = seal.Seal(text, service.Id, destination.Text);
            service.CredentialIsKey = spec.SecretIsKey;
        }
    }

    private static string? Certificate(ServiceSpec spec) => string.IsNullOrWhiteSpace(spec.Certificate) ? null : spec.Certificate.Trim();

    // What was of use once is asked for nothing while it stays.
    private string? CertificateFault(ServiceSpec spec, string? stored) =>
        Certificate(spec) is { } text && text != stored ? UserCertificate.Read(text)?.Fault(spec.UserName.Trim(), time.GetUtcNow()) : null;

    private static string NameTaken(Service service) => $"This asset already has a service called {service.Name}.";

    // Nothing secret is in them: the credential is sealed beside them.
    private static (string Name, object? Value)[] Facts(Service service) =>
    [
        ("name", service.Name),
        ("port", service.Port),
        ("user", service.UserName),
        ("idleMinutes", service.IdleMinutes),
        ("certificate", service.Certificate is { } text ? UserCertificate.Read(text)?.Name(text) : null),
        ("settings", service.Screen is null && service.Web is null ? "" : JsonSerializer.Serialize<object>((object?)service.Screen ?? service.Web!, LinkJson.Options)),
    ];
}
