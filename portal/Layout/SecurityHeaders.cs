using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Layout;

/// <summary>Headers that every answer carries: scripts and styles of our own only, no framing, no sniffing, no referrer.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, IOptions<PortalOptions> options)
{
    // Blazor and the session client open WebSockets: to the portal itself and to the gateways, whose addresses vary.
    private const string Csp =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
        + "connect-src 'self' ws: wss:; form-action 'self'; frame-ancestors 'none'; base-uri 'self'; manifest-src 'self'";

    private readonly bool _https = options.Value.PublicUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Csp;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()";
        if (_https)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        return next(context);
    }
}
