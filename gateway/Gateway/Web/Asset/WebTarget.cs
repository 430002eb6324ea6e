using System.Net;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>
/// Where one web session's requests go: an address, fixed when the session opens (a name that resolves to something else
/// later changes nothing), and the names under which the asset knows itself.
/// </summary>
/// <param name="Host">What the asset is told as its name, in Host and by SNI: its own address on the plant's LAN, or a name.</param>
/// <param name="Aliases">Other names that it calls itself by.</param>
/// <param name="CertificateSha256">Of the pinned certificate, lowercase hexadecimal; null without TLS.</param>
internal sealed record WebTarget(IPEndPoint EndPoint, bool Tls, string Host, IReadOnlyList<string> Aliases, string? CertificateSha256, bool LegacyTls)
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    public string Scheme => Tls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;

    /// <summary>As RFC 9110, section 7.2 writes it: the port only where it is not the scheme's own.</summary>
    public string Authority => HasDefaultPort ? BracketedHost : $"{BracketedHost}:{EndPoint.Port}";

    public string Origin => $"{Scheme}://{Authority}";

    public bool HasDefaultPort => EndPoint.Port == (Tls ? HttpsPort : HttpPort);

    public IEnumerable<string> Names => new[] { Host, EndPoint.Address.ToString() }.Concat(Aliases).Distinct(StringComparer.OrdinalIgnoreCase);

    private string BracketedHost => Bracketed(Host);

    /// <summary>
    /// Is it this very service? Another port is another service. One exception: an HTTPS service that calls itself <c>http://</c> at the
    /// default port, as applications behind a TLS front often do, means itself.
    /// </summary>
    public bool Owns(Uri uri)
    {
        var name = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host.Trim('[', ']') : uri.Host;
        var tls = uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeWss;
        return Names.Contains(name, StringComparer.OrdinalIgnoreCase)
            && (uri.Port == EndPoint.Port ? tls == Tls || !HasDefaultPort : Tls && HasDefaultPort && !tls && uri.Port == HttpPort);
    }

    public static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
}
