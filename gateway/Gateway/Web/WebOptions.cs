using System.ComponentModel.DataAnnotations;

namespace Sallyport.Gateway.Web;

/// <summary>Section <c>Gateway:Web</c> of the configuration.</summary>
public sealed record WebOptions
{
    public const string Section = "Gateway:Web";

    /// <summary>
    /// Scheme, domain and port as browsers reach them: <c>https://web.example.com</c> makes sessions at <c>https://{id}.web.example.com</c>, so DNS and the
    /// certificate must cover <c>*.web.example.com</c>. Nothing else may live below that domain, least of all the portal. Absent: no web sessions.
    /// </summary>
    [Url]
    public string? Origin { get; init; }

    /// <summary>Assets may be on this machine itself. For tests and a demo only: who may set an asset's address could reach the gateway by it.</summary>
    public bool AllowLocalAssets { get; init; }

    // Browsers send Sec-Fetch-Site, on which the separation of sessions rests, only to origins that they trust: HTTPS, and localhost.
    internal bool HasSafeOrigin() => Origin is null
        || (Uri.TryCreate(Origin, UriKind.Absolute, out var uri)
            && uri.HostNameType == UriHostNameType.Dns
            && uri.PathAndQuery == "/"
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && (uri.Host == "localhost" || uri.Host.EndsWith(".localhost", StringComparison.Ordinal)))));
}
