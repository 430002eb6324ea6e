using System.Net;
using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Overlay;

/// <param name="Address">The asset's address in the overlay.</param>
/// <param name="Purpose">What it is for, in the audit log: <c>session</c> or <c>host key scan</c>.</param>
public sealed record PathSpec(Guid PathId, Guid TenantId, Guid HubId, IPAddress Gateway, IPAddress Address, int Port, DateTimeOffset EndsAt, string Purpose);

/// <summary>Opens and closes paths at the hub, and keeps what shall be open, so that a hub that comes back opens just that.</summary>
public sealed class Paths(PortalDbFactory factory, HubLink hub, AuditLog audit, TimeProvider time)
{
    /// <returns>Null when the path is open; else why not, for a person.</returns>
    public async Task<string?> OpenAsync(PathSpec spec, CancellationToken cancellationToken)
    {
        var path = new OverlayPath { Id = spec.PathId, TenantId = spec.TenantId, HubId = spec.HubId, Gateway = spec.Gateway, Address = spec.Address, Port = spec.Port, EndsAt = spec.EndsAt };
        await using (var db = factory.ForSystem())
        {
            db.Add(path);
            await db.SaveChangesAsync(cancellationToken);
        }

        // From here on it is carried through: who hangs up now must not leave a path that nobody closes.
        var order = Order(path, time.GetUtcNow());
        var ack = await hub.OrderAsync(spec.HubId, HubEvent.OpenPath, order.Command, order, CancellationToken.None);
        await AuditAsync(AuditAction.PathOpened, path, ack, spec.Purpose, CancellationToken.None);
        if (ack.Error is not null)
        {
            // Whatever the hub did with it: it shall not be.
            await CloseAsync(spec.PathId, "It could not be opened.", CancellationToken.None);
        }

        return ack.Error;
    }

    /// <summary>Closes it now; when the hub cannot be reached, it is closed as soon as it is back, and by the kernel at its end.</summary>
    public async Task CloseAsync(Guid pathId, string reason, CancellationToken cancellationToken)
    {
        OverlayPath? path;
        await using (var db = factory.ForSystem())
        {
            path = await db.OverlayPaths.AsNoTracking().FirstOrDefaultAsync(p => p.Id == pathId, cancellationToken);
            if (path is null || await db.OverlayPaths.Where(p => p.Id == pathId).ExecuteDeleteAsync(cancellationToken) == 0)
            {
                return;
            }
        }

        var command = Guid.NewGuid();
        var ack = await hub.OrderAsync(path.HubId, HubEvent.ClosePath, command, new PathClosure(command, pathId), CancellationToken.None);
        await AuditAsync(AuditAction.PathClosed, path, ack, reason, CancellationToken.None);
    }

    internal static PathConfig Order(OverlayPath path, DateTimeOffset now) => new(
        Guid.NewGuid(),
        path.Id,
        path.Gateway.ToString(),
        path.Address.ToString(),
        path.Port,
        (int)Math.Clamp(Math.Ceiling((path.EndsAt - now).TotalSeconds), 1, 30 * 24 * 3600));

    private Task AuditAsync(AuditAction action, OverlayPath path, HubAck ack, string reason, CancellationToken cancellationToken) => audit.AppendAsync(
        AuditEvent.BySystem(
            "hub",
            path.TenantId,
            action,
            "path",
            path.Id.ToString(),
            $"{path.Gateway} → {path.Address}:{path.Port}",
            ack.Error is null ? AuditResult.Success : AuditResult.Failed,
            ack.Error ?? reason,
            new Dictionary<string, string> { ["elapsedMilliseconds"] = ack.ElapsedMilliseconds.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture) }),
        cancellationToken);
}
