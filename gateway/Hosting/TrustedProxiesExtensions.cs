using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Sallyport.Hosting;

public static class TrustedProxiesExtensions
{
    /// <summary>
    /// Makes <c>UseForwardedHeaders</c> take the browser's own address, and whether it came by HTTPS, from trusted proxies. Host is what the proxy
    /// sends as Host: whether X-Forwarded-Host is the proxy's own word cannot be seen, and pages choose between origins by it.
    /// </summary>
    public static IServiceCollection AddTrustedProxies(this IServiceCollection services)
    {
        services.AddOptions<TrustedProxies>().BindConfiguration(TrustedProxies.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<TrustedProxies>>((options, proxies) =>
        {
            // To the framework, no known proxy at all means that everybody is one.
            var trusted = proxies.Value.ToNetworks();
            options.ForwardedHeaders = trusted.Count == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in trusted)
            {
                options.KnownIPNetworks.Add(network);
            }

            // From the nearest proxy towards the browser, for as long as the one who says it is trusted: what a browser wrote itself is never reached.
            options.ForwardLimit = null;
        });
        return services;
    }
}
