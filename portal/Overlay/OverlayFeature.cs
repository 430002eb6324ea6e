namespace Sallyport.Portal.Overlay;

public static class OverlayFeature
{
    public static IServiceCollection AddOverlay(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapOverlay(this IEndpointRouteBuilder endpoints) => endpoints;
}
