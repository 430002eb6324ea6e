using Microsoft.Extensions.Options;
using Sallyport.Portal.Identity.Provider;

namespace Sallyport.Portal.Layout;

/// <summary>Headers that every answer carries: scripts and styles of our own only, no framing, no sniffing, no referrer.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, IOptions<PortalOptions> options, IOptions<ProviderOptions> provider)
{
    // Blazor and the session client open WebSockets: to the portal itself and to the gateways, whose addresses vary.
    private readonly string _csp =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
        + "connect-src 'self' ws: wss:; form-action 'self'" + FormTargets(provider.Value) + "; frame-ancestors 'none'; base-uri 'self'; manifest-src 'self'";

    private readonly bool _https = options.Value.IsHttps;

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = _csp;
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

    // The sign-in form ends, by redirects, at the application that the user signs in to, and browsers hold those to form-action too.
    private static string FormTargets(ProviderOptions provider) => string.Concat(
        provider.Clients.SelectMany(client => client.RedirectUris).Select(uri => " " + new Uri(uri).GetLeftPart(UriPartial.Authority)).Distinct(StringComparer.Ordinal));
}
