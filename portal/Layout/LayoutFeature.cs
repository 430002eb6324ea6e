using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.SignalR;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Layout;

public static class LayoutFeature
{
    // A page notices after a few of these that its link is gone (client/circuit.ts).
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(2);

    public static IServiceCollection AddLayout(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddRazorComponents().AddInteractiveServerComponents().AddHubOptions(hub =>
        {
            hub.KeepAliveInterval = KeepAlive;
            hub.AddFilter<ComponentMarkers.Filter>();
        });
        services.AddScoped<CircuitHandler, SignedInCircuit>();
        services.AddHttpContextAccessor();
        services.AddComponentMarkers();
        services.AddAntiforgery(options =>
        {
            options.Cookie.BeOfThisHost("sallyport-antiforgery", PortalOptions.IsHttpsAddress(configuration["Portal:PublicUrl"]));
            options.Cookie.SameSite = SameSiteMode.Strict;
        });
        return services;
    }

    public static WebApplication UseLayout(this WebApplication app)
    {
        app.UseExceptionHandler("/error", createScopeForErrors: true);
        app.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true);
        app.Use((context, next) =>
        {
            // A page about a form's failure is shown; it is not the form once more, which would fail again.
            if (context.Features.Get<IStatusCodeReExecuteFeature>() is not null || context.Features.Get<IExceptionHandlerFeature>() is not null)
            {
                context.Request.Method = HttpMethods.Get;
            }

            return next(context);
        });
        return app;
    }

    public static IEndpointRouteBuilder MapLayout(this WebApplication app)
    {
        app.MapStaticAssets().AllowAnonymous().Add(endpoint =>
        {
            // Source maps hold our sources.
            if (!app.Environment.IsDevelopment() && endpoint is RouteEndpointBuilder { RoutePattern.RawText: { } file } && file.Contains(".map", StringComparison.OrdinalIgnoreCase))
            {
                endpoint.RequestDelegate = http =>
                {
                    http.Response.StatusCode = StatusCodes.Status404NotFound;
                    return Task.CompletedTask;
                };
            }
        });
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode()
            .Add(endpoint =>
            {
                // The framework's own endpoints (the circuit) name no policy, and what names none is refused to everybody.
                if (endpoint is RouteEndpointBuilder { RoutePattern.RawText: { } route } && route.TrimStart('/').StartsWith("_blazor", StringComparison.Ordinal))
                {
                    endpoint.Metadata.Add(new AuthorizeAttribute(Policies.SignedIn));
                }
            });
        return app;
    }
}
