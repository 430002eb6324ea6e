using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Gateways;

/// <summary>What the audit log has of the control links: who connected and was lost. A link that comes and goes is written once and counted.</summary>
public sealed class ComponentTrail(PortalDbFactory factory, RepeatedEntries repeated)
{
    public Task ConnectedAsync(ComponentKind kind, Guid id, string? address, CancellationToken cancellationToken) =>
        AppendAsync(AuditAction.ComponentConnected, kind, id, address, AuditResult.Success, null, cancellationToken);

    public Task LostAsync(ComponentKind kind, Guid id, CancellationToken cancellationToken) =>
        AppendAsync(AuditAction.ComponentLost, kind, id, null, AuditResult.Failed, "Its control link ended.", cancellationToken);

    private async Task AppendAsync(AuditAction action, ComponentKind kind, Guid id, string? address, AuditResult result, string? reason, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var name = await (kind == ComponentKind.Gateway
            ? db.Gateways.IgnoreQueryFilters().Where(g => g.Id == id).Select(g => g.Name)
            : db.Hubs.IgnoreQueryFilters().Where(h => h.Id == id).Select(h => h.Name)).FirstOrDefaultAsync(cancellationToken) ?? "unknown component";
        var entry = AuditEvent.BySystem(name, null, action, kind.ToString().ToLowerInvariant(), id.ToString(), name, result, reason) with { Address = address };
        await repeated.AppendAsync($"{action.Name} {id}", entry, cancellationToken);
    }
}
