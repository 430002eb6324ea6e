namespace Sallyport.Portal.Gateways;

public static class GatewaysFeature
{
    public static IServiceCollection AddGateways(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapGateways(this IEndpointRouteBuilder endpoints) => endpoints;
}
