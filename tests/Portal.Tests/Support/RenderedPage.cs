using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.HtmlRendering.Infrastructure;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Tests.Support;

/// <summary>A page as its circuit first shows it. Pages with a circuit are not prerendered, so no request has their text.</summary>
public static class RenderedPage
{
    public static async Task<string> OfAsync<T>(PortalInstance portal, TestUser user, Dictionary<string, object?> parameters)
        where T : IComponent
    {
        await using var scope = portal.Services.CreateAsyncScope();
        var signIn = await portal.Services.GetRequiredService<SignIns>().BeginAsync(user.User, DateTimeOffset.UtcNow, null, null, null, CancellationToken.None);
        var signedIn = new AuthenticationState(PortalCookie.Principal(user.User, signIn));
        ((IHostEnvironmentAuthenticationStateProvider)scope.ServiceProvider.GetRequiredService<AuthenticationStateProvider>()).SetAuthenticationState(Task.FromResult(signedIn));
        ((IHostEnvironmentNavigationManager)scope.ServiceProvider.GetRequiredService<NavigationManager>()).Initialize($"{portal.Url}/", $"{portal.Url}/");
        await using var renderer = new Renderer(scope.ServiceProvider);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = renderer.BeginRenderingComponent(typeof(T), ParameterView.FromDictionary(parameters));
            await root.QuiescenceTask;
            return root.ToHtmlString();
        });
    }

    private sealed class Renderer(IServiceProvider services) : StaticHtmlRenderer(services, NullLoggerFactory.Instance)
    {
        protected override IComponent ResolveComponentForRenderMode(Type componentType, int? parentComponentId, IComponentActivator componentActivator, IComponentRenderMode renderMode) =>
            componentActivator.CreateInstance(componentType);
    }
}
