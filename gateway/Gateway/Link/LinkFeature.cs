using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;

namespace Sallyport.Gateway.Link;

internal static class LinkFeature
{
    public static IServiceCollection AddLink(this IServiceCollection services) => services
        .AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<GatewayOptions>>().Value;
            return new LinkClient(options.PortalUrl, options.PortalCertificatePin, options.DataFolder, provider.GetRequiredService<TimeProvider>());
        })
        .AddSingleton<PortalLink>()
        .AddHostedService(provider => provider.GetRequiredService<PortalLink>())
        .AddHealthChecks().AddCheck<LinkHealth>("link to the portal").Services;
}
