using System.Diagnostics.CodeAnalysis;

namespace Sallyport.Contracts;

public enum WebHostKind
{
    /// <summary>The asset's pages, and nothing of ours but the way in.</summary>
    Hmi,

    /// <summary>The bar above them.</summary>
    Bar,
}

/// <summary>
/// The names of web sessions: each has one origin for the HMI and one for the bar above it, so that no two assets, and no asset
/// and the bar, share cookies, storage or scripts.
/// </summary>
/// <remarks>
/// Below a domain such as <c>web.example.com</c> the bar is <c>{id}-bar</c>, for one wildcard certificate covers both. Below a name of one label, such as
/// <c>localhost</c>, browsers take <c>{id}.localhost</c> for a site of its own and would keep cookies from an HMI framed by a sibling: there the bar is
/// <c>bar.{id}</c>, below it.
/// </remarks>
public sealed class WebOrigins
{
    private const int IdLength = 32;
    private readonly string _scheme;
    private readonly string _domain;
    private readonly string _suffix;
    private readonly bool _oneLabel;

    /// <param name="origin">Scheme, domain and port: <c>https://web.example.com</c> makes sessions at <c>https://{id}.web.example.com</c>.</param>
    public WebOrigins(Uri origin)
    {
        _scheme = origin.Scheme;
        _domain = origin.Host.ToLowerInvariant();
        _suffix = origin.IsDefaultPort ? _domain : $"{_domain}:{origin.Port}";
        _oneLabel = !_domain.Contains('.', StringComparison.Ordinal);
    }

    public bool IsHttps => _scheme == Uri.UriSchemeHttps;

    public string Hmi(Guid session) => $"{_scheme}://{HmiAuthority(session)}";

    public string HmiAuthority(Guid session) => $"{session:N}.{_suffix}";

    public string HmiSocket(Guid session) => $"{(IsHttps ? "wss" : "ws")}://{HmiAuthority(session)}";

    public string Bar(Guid session) => _oneLabel ? $"{_scheme}://bar.{session:N}.{_suffix}" : $"{_scheme}://{session:N}-bar.{_suffix}";

    /// <summary>Is this host name below the web domain, so that nothing else of the gateway may answer to it?</summary>
    public bool IsBelow(string host) => host.EndsWith('.' + _domain, StringComparison.OrdinalIgnoreCase);

    /// <param name="host">Host of a request, without its port.</param>
    public bool TryParse(string host, out Guid session, [NotNullWhen(true)] out WebHostKind? kind)
    {
        (session, kind) = (default, null);
        if (!IsBelow(host))
        {
            return false;
        }

        var label = host[..^(_domain.Length + 1)];
        kind = WebHostKind.Hmi;
        if (_oneLabel && label.StartsWith("bar.", StringComparison.OrdinalIgnoreCase))
        {
            (label, kind) = (label[4..], WebHostKind.Bar);
        }
        else if (!_oneLabel && label.EndsWith("-bar", StringComparison.OrdinalIgnoreCase))
        {
            (label, kind) = (label[..^4], WebHostKind.Bar);
        }

        return label.Length == IdLength && Guid.TryParseExact(label, "N", out session);
    }
}
