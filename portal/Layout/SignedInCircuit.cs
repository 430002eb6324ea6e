using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Layout;

/// <summary>Ends a circuit with its user's sign-in: leads the browser to the page that says why, and takes nothing from it any more.</summary>
internal sealed class SignedInCircuit(AuthenticationStateProvider authentication, NavigationManager navigation, OpenConnections connections) : CircuitHandler
{
    private IDisposable? _registration;
    private volatile bool _ended;

    public override async Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        if (PortalClaims.SignInOf((await authentication.GetAuthenticationStateAsync()).User) is var (userId, signInId))
        {
            _registration = connections.Add(userId, signInId, End);
        }
    }

    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        _registration?.Dispose();
        return Task.CompletedTask;
    }

    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(Func<CircuitInboundActivityContext, Task> next) =>
        activity => _ended ? Task.CompletedTask : next(activity);

    private void End(SignInEnd why)
    {
        _ended = true;
        try
        {
            navigation.NavigateTo(why == SignInEnd.Replaced ? navigation.Uri : SignInRoutes.Ended(why), forceLoad: true);
        }
        catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException)
        {
            // The browser is not there: its socket is cut, and it cannot come back.
        }
    }
}
