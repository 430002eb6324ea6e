using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Overlay;

/// <summary>The one-time exchange that makes a plant's edge a peer, or a gateway or hub a component.</summary>
public sealed class Enrollment(PortalDbFactory factory, HubLink hub, GatewayLink gateways, AuditLog audit, RepeatedEntries repeated, ChangeFeed changes, TimeProvider time)
{
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromHours(24);

    private const string Unknown = "This code is not valid: it is mistyped, older than 24 hours, or was used by another device. Make a new one in the portal.";

    private const string TakenKey = "This public key belongs to another plant. Delete the key file on this device and run the command again.";

    private const string Withdrawn = "This key was withdrawn. Delete the key on this device, so that it makes another, and enroll again.";

    /// <summary>A code of 160 bits; older codes for the same subject are void from now on.</summary>
    public async Task<string> NewCodeAsync(EnrollmentKind kind, Guid subjectId, string? name, CancellationToken cancellationToken)
    {
        var text = RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 32);
        var code = string.Join('-', text.Chunk(8).Select(part => new string(part)));
        await using var db = factory.ForSystem();
        db.Add(new EnrollmentCode { Kind = kind, SubjectId = subjectId, Name = name, CodeHash = Hash(code), ExpiresAt = time.GetUtcNow() + CodeLifetime });
        while (true)
        {
            await db.EnrollmentCodes.Where(c => c.SubjectId == subjectId).ExecuteDeleteAsync(cancellationToken);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                return code;
            }
            catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                // Another code was made in between: the later one stands.
            }
        }
    }

    /// <returns>The edge's configuration, or a message for the person at the edge.</returns>
    public async Task<(PlantConfiguration? Configuration, string? Error)> EnrollPlantAsync(string code, string publicKey, string? address, CancellationToken cancellationToken)
    {
        if (!IsWireGuardKey(publicKey))
        {
            return (null, "The public key is not a WireGuard key (32 bytes, base64).");
        }

        await using var db = factory.ForSystem();
        var hash = Hash(code.Trim().ToLowerInvariant());
        var wanted = await db.EnrollmentCodes.Where(c => c.CodeHash == hash).Select(c => (Guid?)c.SubjectId).FirstOrDefaultAsync(cancellationToken);
        if (await db.Plants.AnyAsync(p => p.PublicKey == publicKey && p.Id != wanted, cancellationToken))
        {
            await RefuseAsync("plant", address, TakenKey, cancellationToken);
            return (null, TakenKey);
        }

        if (await SpendAsync(db, EnrollmentKind.Plant, code, publicKey, cancellationToken) is not { } spent)
        {
            await RefuseAsync("plant", address, Unknown, cancellationToken);
            return (null, Unknown);
        }

        if (await db.Plants.AsNoTracking().FirstOrDefaultAsync(p => p.Id == spent.SubjectId && p.ArchivedAt == null, cancellationToken) is not { } plant)
        {
            await RefuseAsync("plant", address, Unknown, cancellationToken);
            return (null, Unknown);
        }

        if (await db.Hubs.AsNoTracking().FirstOrDefaultAsync(h => h.Id == plant.HubId, cancellationToken) is not { } hubRow)
        {
            const string noHub = "The hub of this plant was removed. Add the plant again in the portal, at a hub that is there.";
            await RefuseAsync("plant", address, noHub, cancellationToken);
            return (null, noHub);
        }

        if (plant.PublicKey != publicKey)
        {
            var older = plant.PublicKey;
            try
            {
                var taken = await db.Plants.Where(p => p.Id == plant.Id && p.ArchivedAt == null).ExecuteUpdateAsync(
                    p => p.SetProperty(x => x.PublicKey, publicKey).SetProperty(x => x.EnrolledAt, time.GetUtcNow()).SetProperty(x => x.LastHandshakeAt, (DateTimeOffset?)null), cancellationToken);
                if (taken == 0)
                {
                    await RefuseAsync("plant", address, Unknown, cancellationToken);
                    return (null, Unknown);
                }
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                await RefuseAsync("plant", address, TakenKey, cancellationToken);
                return (null, TakenKey);
            }

            await audit.AppendAsync(AuditEvent.BySystem("plant edge", plant.TenantId, AuditAction.Enrolled, "plant", plant.Id.ToString(), plant.Name) with { Address = address }, cancellationToken);
            if (older is not null)
            {
                await RemovePeerAsync(plant.HubId, older, cancellationToken);
            }
        }

        var peer = new PeerConfig(Guid.NewGuid(), plant.Id, publicKey, [$"{plant.TunnelAddress}/32", plant.VirtualPrefix.ToString()]);
        var ack = await hub.OrderAsync(plant.HubId, HubEvent.SetPeer, peer.Command, peer, cancellationToken);
        if (!await db.Plants.AnyAsync(p => p.Id == plant.Id && p.PublicKey == publicKey && p.ArchivedAt == null, cancellationToken))
        {
            // Removed, or given to another edge, while the hub took it in.
            await RemovePeerAsync(plant.HubId, publicKey, CancellationToken.None);
            return (null, Unknown);
        }

        return ack.Error is null || !hub.IsConnected(plant.HubId)
            ? (new PlantConfiguration(plant.Name, plant.TunnelAddress, hubRow.WireGuardPublicKey, hubRow.Endpoint, plant.VirtualPrefix, plant.LanPrefix), null)
            : (null, $"The hub refused this plant: {ack.Error} Run the command again.");
    }

    /// <summary>For a plant that is removed: its codes are void, and its edge is no peer any more. It can be done again.</summary>
    /// <returns>What the hub has against it, for a person. Null: it is done.</returns>
    public async Task<string?> EndAsync(Plant plant, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        await db.EnrollmentCodes.Where(c => c.SubjectId == plant.Id).ExecuteDeleteAsync(cancellationToken);
        if (await db.Plants.Where(p => p.Id == plant.Id).Select(p => p.PublicKey).FirstOrDefaultAsync(cancellationToken) is not { } key)
        {
            return null;
        }

        if (await RemovePeerAsync(plant.HubId, key, cancellationToken) is { } error)
        {
            return error;
        }

        // Forgotten last: as long as the peer may be there, nobody else is given its key or its addresses.
        await audit.AppendAsync(AuditEvent.BySystem("portal", plant.TenantId, AuditAction.EnrollmentEnded, "plant", plant.Id.ToString(), plant.Name, reason: "Its edge is no peer any more."), cancellationToken);
        await db.Plants.Where(p => p.Id == plant.Id && p.PublicKey == key).ExecuteUpdateAsync(p => p.SetProperty(x => x.PublicKey, (string?)null), cancellationToken);
        return null;
    }

    public async Task<(ComponentEnrolled? Enrolled, string? Error)> EnrollComponentAsync(ComponentEnrollment request, string? address, CancellationToken cancellationToken)
    {
        try
        {
            using var key = request.Key.Import();
        }
        catch (CryptographicException e)
        {
            await RefuseAsync("component", address, e.Message, cancellationToken);
            return (null, e.Message);
        }

        var kind = request.Gateway is not null ? EnrollmentKind.Gateway : EnrollmentKind.Hub;
        var valid = (request.Gateway, request.Hub) switch
        {
            ({ } gateway, null) => Ipv4.TryAddress(gateway.OverlayAddress, out _),
            (null, { } facts) => IsWireGuardKey(facts.WireGuardPublicKey) && Ipv4.TryEndpoint(facts.Endpoint, out _),
            _ => false,
        };
        if (!valid)
        {
            const string nothingSaid = "The enrollment does not say what a gateway or a hub must say of itself.";
            await RefuseAsync("component", address, nothingSaid, cancellationToken);
            return (null, nothingSaid);
        }

        // Before the code is spent: with other addresses it is still good.
        if (request.Gateway is { } said && gateways.AddressError(said) is { } unfit)
        {
            await RefuseAsync("component", address, unfit, cancellationToken);
            return (null, unfit);
        }

        await using var db = factory.ForSystem();
        if (await db.Gateways.IgnoreQueryFilters().AnyAsync(g => g.WithdrawnKeys.Contains(request.Key.KeyId) || (g.RemovedAt != null && g.KeyId == request.Key.KeyId), cancellationToken)
            || await db.Hubs.IgnoreQueryFilters().AnyAsync(h => h.WithdrawnKeys.Contains(request.Key.KeyId) || (h.RemovedAt != null && h.KeyId == request.Key.KeyId), cancellationToken))
        {
            await RefuseAsync(kind.ToString().ToLowerInvariant(), address, Withdrawn, cancellationToken);
            return (null, Withdrawn);
        }

        if (await SpendAsync(db, kind, request.Code, request.Key.KeyId, cancellationToken) is not { } spent)
        {
            await RefuseAsync(kind.ToString().ToLowerInvariant(), address, Unknown, cancellationToken);
            return (null, Unknown);
        }

        var name = spent.Name ?? kind.ToString().ToLowerInvariant();
        if (kind == EnrollmentKind.Gateway && await db.Gateways.FirstOrDefaultAsync(g => g.Id == spent.SubjectId, cancellationToken) is { } gatewayRow)
        {
            (gatewayRow.KeyId, gatewayRow.Spki) = (request.Key.KeyId, request.Key.Spki);
        }
        else if (kind == EnrollmentKind.Hub && await db.Hubs.FirstOrDefaultAsync(h => h.Id == spent.SubjectId, cancellationToken) is { } hubRow)
        {
            (hubRow.KeyId, hubRow.Spki) = (request.Key.KeyId, request.Key.Spki);
        }
        else if (kind == EnrollmentKind.Gateway)
        {
            db.Add(new Gateway { Id = spent.SubjectId, Name = name, KeyId = request.Key.KeyId, Spki = request.Key.Spki, Url = request.Gateway!.Url.TrimEnd('/'), WebOrigin = request.Gateway.WebOrigin?.TrimEnd('/'), OverlayAddress = IPAddress.Parse(request.Gateway.OverlayAddress), CreatedAt = time.GetUtcNow() });
        }
        else
        {
            db.Add(new Hub { Id = spent.SubjectId, Name = name, KeyId = request.Key.KeyId, Spki = request.Key.Spki, WireGuardPublicKey = request.Hub!.WireGuardPublicKey, Endpoint = request.Hub.Endpoint, CreatedAt = time.GetUtcNow() });
        }

        await db.SaveChangesAsync(cancellationToken);
        await audit.AppendAsync(AuditEvent.BySystem(name, null, AuditAction.Enrolled, kind.ToString().ToLowerInvariant(), spent.SubjectId.ToString(), name) with { Address = address }, cancellationToken);
        if (kind == EnrollmentKind.Gateway)
        {
            await hub.AnnounceGatewaysAsync(cancellationToken);
        }

        await changes.PublishAsync(Components.Topic, cancellationToken);
        return (new ComponentEnrolled(spent.SubjectId, name), null);
    }

    // One conditional update decides: of many that come at once with one code, the first key has it, and keeps it for retries.
    private async Task<EnrollmentCode?> SpendAsync(PortalDb db, EnrollmentKind kind, string code, string key, CancellationToken cancellationToken)
    {
        if (code.Length > 100)
        {
            return null;
        }

        var (hash, now) = (Hash(code.Trim().ToLowerInvariant()), time.GetUtcNow());
        var spent = await db.EnrollmentCodes
            .Where(c => c.CodeHash == hash && c.Kind == kind && c.ExpiresAt > now && (c.UsedByKey == null || c.UsedByKey == key))
            .ExecuteUpdateAsync(c => c.SetProperty(x => x.UsedAt, x => x.UsedAt ?? now).SetProperty(x => x.UsedByKey, key), cancellationToken);
        return spent == 1 ? await db.EnrollmentCodes.AsNoTracking().FirstAsync(c => c.CodeHash == hash, cancellationToken) : null;
    }

    private async Task<string?> RemovePeerAsync(Guid hubId, string publicKey, CancellationToken cancellationToken)
    {
        var removal = new PeerRemoval(Guid.NewGuid(), publicKey);
        return (await hub.OrderAsync(hubId, HubEvent.RemovePeer, removal.Command, removal, cancellationToken)).Error;
    }

    private Task RefuseAsync(string what, string? address, string reason, CancellationToken cancellationToken) =>
        repeated.AppendAsync($"enrollment {address} {reason}", AuditEvent.BySystem(what, null, AuditAction.EnrollmentRefused, what, "", what, AuditResult.Refused, reason) with { Address = address }, cancellationToken);

    private static byte[] Hash(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code));

    private static bool IsWireGuardKey(string key)
    {
        Span<byte> bytes = stackalloc byte[48];
        return key.Length == 44 && Convert.TryFromBase64String(key, bytes, out var length) && length == 32;
    }
}

/// <summary>What a plant's edge is told, as <c>key=value</c> lines that a POSIX shell can read.</summary>
public sealed record PlantConfiguration(string Plant, IPAddress Address, string HubKey, string HubEndpoint, System.Net.IPNetwork Virtual, System.Net.IPNetwork Lan)
{
    /// <summary>Small enough for every access line that is likely.</summary>
    private const int Mtu = 1280;

    public override string ToString() => string.Concat(
        $"plant={new string([.. Plant.Where(c => !char.IsControl(c))])}\n",
        $"address={Address}\n",
        $"hub_key={HubKey}\n",
        $"hub_endpoint={HubEndpoint}\n",
        $"hub_address={OverlayAddresses.HubAddress}\n",
        $"virtual={Virtual}\n",
        $"lan={Lan}\n",
        $"mtu={Mtu}\n");
}
