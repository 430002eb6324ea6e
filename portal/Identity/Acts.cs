using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity;

/// <summary>
/// The one place that hands out the actor of a page: for one act, and checked against the database for that act. A page that
/// stays open for hours has no right that its user has lost meanwhile.
/// </summary>
public sealed class Acts(AuthenticationStateProvider authentication, IHttpContextAccessor http, PortalDbFactory factory, RefusalAudit refusals, NavigationManager navigation)
{
    // Read at construction: during a circuit's later renders there is no request any more.
    private readonly string? _address = http.HttpContext?.Connection.RemoteIpAddress?.ToString();

    /// <param name="act">Must not keep the actor that it gets.</param>
    /// <returns>False when it was refused; the browser is then on its way to a page that says why.</returns>
    internal async Task<bool> RunAsync(string policy, Func<Actor, Task> act, CancellationToken cancellationToken)
    {
        var principal = (await authentication.GetAuthenticationStateAsync()).User;
        try
        {
            if (principal.Identity is not { IsAuthenticated: true })
            {
                throw new AccessRefusedException(AccessRefusal.SignedOut);
            }

            await act(await factory.ProveAsync(principal.ToActor(_address), policy, cancellationToken));
            return true;
        }
        catch (AccessRefusedException e)
        {
            if (e.Why != AccessRefusal.SignedOut)
            {
                await refusals.ActAsync(principal.ToActor(_address), new Uri(navigation.Uri).AbsolutePath, e.Message, cancellationToken);
            }

            navigation.NavigateTo(e.Address, forceLoad: true);
            return false;
        }
    }
}
