using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Screen;

internal static class ScreenFeature
{
    public static IEndpointRouteBuilder MapScreen(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapSessionSocket<ScreenHandler>("/screen");
        return endpoints;
    }
}
