using Sallyport.Hosting;
using Sallyport.Portal.Audit;

namespace Sallyport.Portal;

/// <summary>
/// Against cross-site request forgery and cross-site WebSocket hijacking: refuses what pages of other origins send with a user's
/// cookies. It looks at every WebSocket, every request of a method that may change something, and everything below the given paths,
/// whatever endpoint answers it; endpoints that have <see cref="AnyOrigin"/> are for other origins.
/// </summary>
/// <param name="ownOrigin">The only origin whose pages may send these.</param>
/// <param name="guardedPaths">Below these, GET changes something, too.</param>
internal sealed class OriginGuard(RequestDelegate next, RefusalAudit refusals, string ownOrigin, PathString[] guardedPaths)
{
    private const int MaxShown = 100;

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var isWebSocket = IsWebSocket(request);
        if (!(isWebSocket || MayChange(request) || guardedPaths.Any(path => request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase)))
            || context.GetEndpoint()?.Metadata.GetMetadata<AnyOrigin>() is not null
            || !RequestOrigin.IsForeign(request, ownOrigin, isWebSocket))
        {
            await next(context);
            return;
        }

        await refusals.RequestAsync(context, $"Sent by a page of another address: {request.Method}, Origin “{Printable(request.Headers.Origin.ToString())}”, Sec-Fetch-Site “{Printable(request.Headers["Sec-Fetch-Site"].ToString())}”.");
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync($"This was sent by a page of another address than {ownOrigin}, and nothing was done. Open {ownOrigin} and do it there.\n", context.RequestAborted);
    }

    // By HTTP/1.1 (RFC 6455, section 4.1) or by HTTP/2 (RFC 8441), whether or not anything here would accept it.
    private static bool IsWebSocket(HttpRequest request) =>
        HttpMethods.IsConnect(request.Method) || request.Headers.Upgrade.ToString().Contains("websocket", StringComparison.OrdinalIgnoreCase);

    // RFC 9110, section 9.2.1.
    private static bool MayChange(HttpRequest request) => !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method) && !HttpMethods.IsTrace(request.Method);

    private static string Printable(string? text) => string.Concat((text ?? "").Where(c => !char.IsControl(c)).Take(MaxShown));
}

/// <summary>On an endpoint: pages of other origins may send to it, because it believes no cookie.</summary>
internal sealed class AnyOrigin;

internal static class OriginGuardExtensions
{
    public static IApplicationBuilder UseOriginGuard(this IApplicationBuilder app, string ownOrigin, params PathString[] guardedPaths) => app.UseMiddleware<OriginGuard>(ownOrigin, guardedPaths);

    /// <summary>Only for an endpoint that believes no cookie: what it does, it does by a token, a code or a client's secret in the request.</summary>
    public static TBuilder AllowAnyOrigin<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new AnyOrigin()));
        return builder;
    }
}
