using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Web.Forwarding;

namespace Sallyport.Gateway.Web;

/// <summary>
/// Web HMIs. <see cref="UseWebSessions"/> stands after <c>UseWebSockets</c> and before everything else that answers.
/// </summary>
public static class WebFeature
{
    public static IServiceCollection AddWebSessions(this IServiceCollection services)
    {
        services.AddOptions<WebOptions>().BindConfiguration(WebOptions.Section).ValidateDataAnnotations().Validate(
            options => options.HasSafeOrigin(),
            "Gateway:Web:Origin must be https://domain, or http:// for localhost alone: without HTTPS a browser does not say which page a request comes from.").ValidateOnStart();
        services.AddHttpForwarder();

        // RFC 9110, section 5.5: old devices write other than ASCII. It goes through byte by byte, whatever they meant by it.
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
        });
        var records = new TlsRecords();
        services.Configure<KestrelServerOptions>(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Use(records.Use)));

        services.AddOptions<KestrelServerOptions>().Configure<IOptions<WebOptions>>((kestrel, web) =>
        {
            if (web.Value.Origin is not null)
            {
                OversizedHeaders.RaiseLimits(kestrel.Limits);
            }
        });

        // Assets seldom compress, and what is rewritten has to be opened first: a tablet on a bad link still gets little to load.
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = ["text/*", .. AssetTransformer.TextsBesideText];
            compression.ExcludedMimeTypes = [AssetTransformer.EventStream];
        });

        // Both would write whole URLs into the log: tickets, assets' addresses, and what users send.
        services.AddLogging(logging => logging.AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.Error).AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning));
        services.AddSingleton<ISessionProtocol, WebProtocol>();
        services.AddSingleton<WebOpener>();
        services.TryAddSingleton<OpenWebSession>(provider => provider.GetRequiredService<WebOpener>().OpenAsync);
        return services
            .AddSingleton(provider => new WebOrigins(new Uri(provider.GetRequiredService<IOptions<WebOptions>>().Value.Origin ?? throw new InvalidOperationException("Gateway:Web:Origin is not set: there are no web sessions."))))
            .AddSingleton<WebSessions>()
            .AddSingleton<EndedSessionResponse>()
            .AddSingleton<SocketRelay>()
            .AddSingleton<AssetForwarder>()
            .AddSingleton<BarEndpoint>()
            .AddSingleton<HmiEndpoint>();
    }

    /// <summary>Answers every request whose Host is below the web domain, and no other.</summary>
    public static IApplicationBuilder UseWebSessions(this IApplicationBuilder app)
    {
        if (app.ApplicationServices.GetRequiredService<IOptions<WebOptions>>().Value.Origin is null)
        {
            return app;
        }

        var origins = app.ApplicationServices.GetRequiredService<WebOrigins>();
        var bar = app.ApplicationServices.GetRequiredService<BarEndpoint>();
        var hmi = app.ApplicationServices.GetRequiredService<HmiEndpoint>();
        app.Use((http, next) => !origins.IsBelow(http.Request.Host.Host) && OversizedHeaders.AbortConnection(http) ? Task.CompletedTask : next(http));
        return app.UseWhen(http => origins.IsBelow(http.Request.Host.Host), below => below.UseResponseCompression().Run(http =>

            // RFC 9110, section 7.4: not an origin of ours. A rebound name of somebody else's does not even come this far.
            !origins.TryParse(http.Request.Host.Host, out var session, out var kind)
                ? SessionPage.RejectUnauthenticatedAsync(http, StatusCodes.Status421MisdirectedRequest, "No session", "There is nothing at this address.", "'none'")
                : kind == WebHostKind.Bar ? bar.HandleAsync(http, session) : hmi.HandleAsync(http, session)));
    }
}
