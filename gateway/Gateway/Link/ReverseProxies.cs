using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Web;

namespace Sallyport.Gateway.Link;

/// <summary>Behind a reverse proxy: tells the portal the browser's own address, if it comes from a proxy that is trusted.</summary>
internal static class ReverseProxies
{
    public static void AddReverseProxies(this IServiceCollection services)
    {
        services.AddOptions<TrustedProxies>().BindConfiguration(TrustedProxies.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<TrustedProxies>, IOptions<GatewayOptions>, IOptions<WebOptions>>((options, proxies, gateway, web) =>
        {
            // To the framework, no known proxy at all means that everybody is one.
            var trusted = proxies.Value.ToNetworks();
            options.ForwardedHeaders = trusted.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in trusted)
            {
                options.KnownIPNetworks.Add(network);
            }

            // From the nearest proxy towards the browser, for as long as the one who says it is trusted: what a browser wrote itself is never reached.
            options.ForwardLimit = null;
            options.AllowedHosts.Add(new Uri(gateway.Value.Url).Host);
            if (web.Value.Origin is { } origin)
            {
                options.AllowedHosts.Add($"*.{new Uri(origin).Host}");
            }
        });
    }
}
