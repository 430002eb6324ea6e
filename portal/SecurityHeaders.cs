using Microsoft.Extensions.Options;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity.Provider;

namespace Sallyport.Portal;

/// <summary>Headers that every answer carries: scripts and styles of our own only, connections to nobody but us and the gateways, no framing, no sniffing.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, IOptions<PortalOptions> options, IOptions<ProviderOptions> provider, GatewayOrigins gateways)
{
    // Blazor's WebSocket is the portal's own: older browsers take 'self' for http alone.
    private readonly string _before =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
        + $"connect-src 'self' {GatewayOrigins.Source(options.Value.PublicUrl)} ";

    private readonly string _after = "; form-action 'self'" + FormTargets(provider.Value) + "; frame-ancestors 'none'; base-uri 'self'; manifest-src 'self'";

    private readonly bool _https = options.Value.IsHttps;

    public async Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = _before + await gateways.SourcesAsync(context.RequestAborted) + _after;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";

        // To nobody else; and with none at all, browsers would hide the origin of our own forms from us (Fetch, section 3.2).
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()";
        if (_https)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        await next(context);
    }

    // The sign-in form ends, by redirects, at the application that the user signs in to, and browsers hold those to form-action too.
    private static string FormTargets(ProviderOptions provider) => string.Concat(
        provider.Clients.SelectMany(client => client.RedirectUris).Select(uri => " " + new Uri(uri).GetLeftPart(UriPartial.Authority)).Distinct(StringComparer.Ordinal));
}
