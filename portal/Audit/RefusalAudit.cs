using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Audit;

/// <summary>
/// What the portal refused at its door, before anybody's feature saw it: one entry for the first, and one that says how often it came again.
/// What a feature refuses (a request for access, a ticket, a sign-in), it writes by itself, with its own reason.
/// </summary>
public sealed class RefusalAudit(RepeatedEntries repeated)
{
    private const int MaxName = 200;

    /// <summary>A user who asks for what is not theirs, or not any more.</summary>
    /// <param name="page">The path of the page or end point.</param>
    public Task ActAsync(Actor actor, string page, string reason, CancellationToken cancellationToken) =>
        repeated.AppendAsync(
            $"act {actor.UserId} {page} {reason}",
            new AuditEvent(actor.TenantId, actor.UserId, actor.Name, actor.Address, AuditAction.AccessDenied, "page", page, page, AuditResult.Refused, reason),
            cancellationToken);

    /// <summary>A request that no user is answerable for: of another page's origin, or for another host.</summary>
    public Task RequestAsync(HttpContext http, string reason) => AnonymousAsync(http, AuditAction.RequestRefused, "request", http.Request.Path, reason);

    /// <summary>An application that asks the provider for what it has no right to.</summary>
    public Task ClientAsync(HttpContext http, string? client, string reason) => AnonymousAsync(http, AuditAction.ClientRefused, "client", client, reason);

    // By address, so that what one stranger sends with ever new paths is one entry.
    private Task AnonymousAsync(HttpContext http, AuditAction action, string subject, string? name, string reason)
    {
        var address = http.Connection.RemoteIpAddress?.ToString();
        var shown = string.Concat((name ?? "").Where(c => !char.IsControl(c)).Take(MaxName));
        var entry = AuditEvent.BySystem("(unknown)", null, action, subject, "", shown, AuditResult.Refused, reason) with { Address = address };
        return repeated.AppendAsync($"{action.Name} {address} {reason}", entry, http.RequestAborted);
    }
}
