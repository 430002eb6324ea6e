using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Sallyport.Hosting;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Demo;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Layout;
using Sallyport.Portal.Monitoring;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Sessions;

namespace Sallyport.Portal;

/// <summary>Composes the web host out of the features.</summary>
public static class PortalHost
{
    /// <param name="configure">The last word on settings and services, for who hosts the portal in another program.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddLinkPort();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddTrustedProxies();
        builder.AddLogFormat();
        builder.AddMonitoring();

        // It writes whole addresses, and those of a sign-in carry codes and tokens.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        builder.AddPortalServices();
        configure?.Invoke(builder);
        var app = builder.Build();

        app.UseForwardedHeaders();
        app.UseLinkPort();
        app.UseOwnHost();
        app.UseLayout();
        app.UseMiddleware<SecurityHeaders>();
        app.UseOriginGuard(app.Services.GetRequiredService<IOptions<PortalOptions>>().Value.Origin, "/_blazor");
        app.UseIdentity();
        app.UseAntiforgery();

        app.MapIdentity();
        app.MapOverlay();
        app.MapGateways();
        app.MapSessions();
        app.MapRecordings();
        app.MapLayout();
        app.MapHealth().AllowAnonymous();
        return app;
    }

    /// <summary>Everything but the web server's pipeline: also what the command line's verbs run on.</summary>
    public static void AddPortalServices(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<PortalOptions>().BindConfiguration(PortalOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower)));
        builder.Services.AddPortalData();
        builder.Services.AddKeys();
        builder.Services.AddAudit();
        builder.Services.AddIdentity(builder.Configuration);
        builder.Services.AddPlants();
        builder.Services.AddOverlay();
        builder.Services.AddGateways();
        builder.Services.AddAccess();
        builder.Services.AddSessions();
        builder.Services.AddRecordings();
        builder.Services.AddLayout(builder.Configuration);
        builder.Services.AddDemo(builder.Configuration);
    }

    /// <inheritdoc cref="PortalServices"/>
    internal static IHost BuildServices()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddPortalServices();
        return builder.Build();
    }

    internal static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        await using var app = Build(args);
        await app.RunAsync(cancellationToken);
        return 0;
    }
}
