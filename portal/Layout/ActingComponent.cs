using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Layout;

/// <summary>Who looks at a page: enough to decide what it shows, and nothing that a service would take for an actor.</summary>
public sealed record Viewer(Guid UserId, Guid TenantId, IReadOnlySet<Role> Roles)
{
    public bool Is(Role role) => Roles.Contains(role);
}

/// <summary>A page or a part of one that does something for its user. It names its policy by the attribute that pages have.</summary>
public abstract class ActingComponent : ComponentBase
{
    private string? _policy;

    [Inject]
    public required Acts Acts { get; set; }

    /// <summary>As of the last act; null before the first.</summary>
    protected Viewer? Me { get; private set; }

    /// <summary>Does something as the user, with the rights that they have now.</summary>
    /// <returns>False when it was refused; the browser is then on its way to a page that says why.</returns>
    protected Task<bool> ActAsync(Func<Actor, Task> act, CancellationToken cancellationToken = default)
    {
        _policy ??= GetType().GetCustomAttribute<AuthorizeAttribute>()?.Policy ?? throw new InvalidOperationException($"{GetType().Name} acts and names no policy.");
        return Acts.RunAsync(
            _policy,
            actor =>
            {
                Me = new Viewer(actor.UserId, actor.TenantId, actor.Roles);
                return act(actor);
            },
            cancellationToken);
    }
}
