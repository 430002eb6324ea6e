using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal.Overlay;

/// <param name="Where">Where browsers or plants reach it.</param>
/// <param name="HasKey">False: its key was withdrawn, and it has not enrolled a new one yet.</param>
/// <param name="Sessions">That run over it now.</param>
/// <param name="Plants">Of a hub: those that dial in there.</param>
public sealed record ComponentSummary(Guid Id, ComponentKind Kind, string Name, string Where, DateTimeOffset? LastSeenAt, bool HasKey, int Sessions, int Plants);

/// <summary>
/// Removes gateways and hubs, and withdraws their keys. Both are in force when the row is written: no request with the old key is
/// taken from then on. Every portal hears of it and ends what is open (<see cref="ComponentSweep"/>).
/// </summary>
public sealed class Components(PortalDbFactory factory, Enrollment enrollment, Installation installation, AuditLog audit, ChangeFeed changes, TimeProvider time)
{
    /// <summary>Under which the change feed tells of gateways and hubs, which are no company's.</summary>
    public static readonly Guid Topic = Guid.Parse("7b1d2c52-5f0e-4d4b-9a53-0c7f6a2f9c11");

    private const string NotTheirs = "Gateways and hubs serve every company. Only an admin of the company that runs this installation removes them or gives them new keys.";

    public async Task<IReadOnlyList<ComponentSummary>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var gateways = await db.Gateways.OrderBy(g => g.Name)
            .Select(g => new ComponentSummary(g.Id, ComponentKind.Gateway, g.Name, g.Url, g.LastSeenAt, g.KeyId != "", db.Sessions.Count(s => s.GatewayId == g.Id && s.State != SessionState.Ended), 0)).ToListAsync(cancellationToken);
        var hubs = await db.Hubs.OrderBy(h => h.Name)
            .Select(h => new ComponentSummary(
                h.Id, ComponentKind.Hub, h.Name, h.Endpoint, h.LastSeenAt, h.KeyId != "",
                db.Sessions.Count(s => s.State != SessionState.Ended && db.Plants.Any(p => p.Id == s.PlantId && p.HubId == h.Id)),
                db.Plants.Count(p => p.HubId == h.Id && p.ArchivedAt == null))).ToListAsync(cancellationToken);
        return [.. hubs, .. gateways];
    }

    /// <param name="by">Null: on the command line.</param>
    /// <returns>Null when it was done; else why not, for a person.</returns>
    public async Task<string?> RemoveAsync(Actor? by, Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } component)
        {
            return "There is no such gateway or hub any more.";
        }

        if (await RefusedAsync(by, AuditAction.ComponentRemoved, component, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var now = time.GetUtcNow();
        await using var db = factory.ForSystem();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.EnrollmentCodes.Where(c => c.SubjectId == id).ExecuteDeleteAsync(cancellationToken);
        var removed = component.Kind == ComponentKind.Gateway
            ? await db.Gateways.Where(g => g.Id == id).ExecuteUpdateAsync(g => g.SetProperty(x => x.RemovedAt, now), cancellationToken)
            : await db.Hubs.Where(h => h.Id == id).ExecuteUpdateAsync(h => h.SetProperty(x => x.RemovedAt, now), cancellationToken);
        if (removed == 0)
        {
            return "There is no such gateway or hub any more.";
        }

        await audit.AppendAsync(db, Entry(by, AuditAction.ComponentRemoved, component, AuditResult.Success, null), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await changes.PublishAsync(Topic, CancellationToken.None);
        return null;
    }

    /// <summary>Withdraws the key that it has now, and gives the one-time code with which it enrolls another.</summary>
    /// <param name="by">Null: on the command line.</param>
    public async Task<Outcome<string>> RekeyAsync(Actor? by, Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } component)
        {
            return new(null, "There is no such gateway or hub any more.");
        }

        if (await RefusedAsync(by, AuditAction.ComponentRekeyed, component, cancellationToken) is { } refusal)
        {
            return new(null, refusal);
        }

        await using (var db = factory.ForSystem())
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            if (component.Kind == ComponentKind.Gateway && await db.Gateways.FirstOrDefaultAsync(g => g.Id == id, cancellationToken) is { KeyId.Length: > 0 } gateway)
            {
                (gateway.WithdrawnKeys, gateway.KeyId, gateway.Spki) = ([.. gateway.WithdrawnKeys, gateway.KeyId], "", "");
            }
            else if (component.Kind == ComponentKind.Hub && await db.Hubs.FirstOrDefaultAsync(h => h.Id == id, cancellationToken) is { KeyId.Length: > 0 } hub)
            {
                (hub.WithdrawnKeys, hub.KeyId, hub.Spki) = ([.. hub.WithdrawnKeys, hub.KeyId], "", "");
            }

            await db.SaveChangesAsync(cancellationToken);
            await audit.AppendAsync(db, Entry(by, AuditAction.ComponentRekeyed, component, AuditResult.Success, "Its key was withdrawn; a code for a new one was made."), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        await changes.PublishAsync(Topic, CancellationToken.None);
        var kind = component.Kind == ComponentKind.Gateway ? EnrollmentKind.Gateway : EnrollmentKind.Hub;
        return new(await enrollment.NewCodeAsync(kind, id, component.Name, cancellationToken), null);
    }

    private async Task<ComponentSummary?> FindAsync(Guid id, CancellationToken cancellationToken) => (await ListAsync(cancellationToken)).FirstOrDefault(c => c.Id == id);

    private async Task<string?> RefusedAsync(Actor? by, AuditAction action, ComponentSummary component, CancellationToken cancellationToken)
    {
        if (by is null || await installation.IsAdministeredByAsync(by, cancellationToken))
        {
            return null;
        }

        await audit.AppendAsync(AuditEvent.By(by, action, "component", component.Id, component.Name, AuditResult.Refused, NotTheirs), cancellationToken);
        return NotTheirs;
    }

    // Of no company: it is the installation's.
    private static AuditEvent Entry(Actor? by, AuditAction action, ComponentSummary component, AuditResult result, string? reason)
    {
        var kind = component.Kind.ToString().ToLowerInvariant();
        var entry = AuditEvent.BySystem("command line", null, action, kind, component.Id.ToString(), component.Name, result, reason);
        return by is null
            ? entry with { Detail = new Dictionary<string, string> { ["account"] = Environment.UserName } }
            : entry with { ActorId = by.UserId, ActorName = by.Name, Address = by.Address };
    }
}
