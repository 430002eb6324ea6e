using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal;

internal static class TerminalFeature
{
    public static IEndpointRouteBuilder MapTerminal(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapSessionSocket<TerminalHandler>("/terminal");
        return endpoints;
    }
}
