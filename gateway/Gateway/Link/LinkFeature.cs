namespace Sallyport.Gateway.Link;

internal static class LinkFeature
{
    public static IServiceCollection AddLink(this IServiceCollection services) => services
        .AddSingleton<LinkClient>()
        .AddSingleton<PortalLink>()
        .AddHostedService(provider => provider.GetRequiredService<PortalLink>());
}
