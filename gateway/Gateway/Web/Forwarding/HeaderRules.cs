using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>Which headers go no further. What is not named here passes: HMIs invent headers of their own and need them.</summary>
internal static class HeaderRules
{
    // Hop-by-hop (RFC 9110, section 7.6.1), and what only the next connection's own code may write.
    private static readonly HashSet<string> Connection = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Authentication-Info", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade", "HTTP2-Settings", "Host", "Expect", "Max-Forwards", "Content-Length",
    };

    // Whom the asset would believe about who is there, how they came, or what is asked: only clients that lie send them here. Front servers have made up
    // many, which are much alike in how they begin or end.
    private static readonly HashSet<string> Claims = new(StringComparer.OrdinalIgnoreCase)
    {
        "Forwarded", "Via", "Proxy", "X-Real-IP", "X-Real-User", "X-True-IP", "X-Source-IP", "X-Remote-IP", "X-Remote-Host", "Remote-Host", "Remote-Groups", "Remote-Email", "Remote-Name",
        "X-Coming-From", "Coming-From", "X-ProxyUser-Ip", "X-Proxy-User", "X-Proxy-Url", "X-Azure-SocketIP", "X-Custom-IP-Authorization", "CF-Connecting-IPv6", "CF-Pseudo-IPv4", "X-AppEngine-User-IP",
        "X-Host", "X-HTTP-Host-Override", "X-Original-URL", "X-Original-URI", "X-Original-Host", "X-Original-Method", "X-Original-Proto", "X-Original-IP", "X-Rewrite-URL", "X-HTTP-DestinationURL",
        "X-HTTP-Method", "X-Content-Length", "X-Scheme", "X-URL-Scheme", "Front-End-Https", "X-ARR-ClientCert", "X-ARR-SSL", "X-Subject-DN", "X-Issuer-DN", "X-Vouch-User", "X-Accel-Mapping", "X-Sendfile-Type",
    };

    private static readonly string[] ClaimsBegin =
    [
        "X-Forwarded", "Proxy-", "X-SSL-", "SSL-", "X-TLS-", "Client-Cert", "X-Client-Cert", "X-Client-DN", "X-Client-S-DN", "X-Client-I-DN", "X-Client-Verify", "X-WebAuth-", "X-Auth-Request-",
        "X-Authenticated-", "X-Authentik-", "X-Envoy-", "X-MS-Client-Principal", "X-Goog-", "X-Amzn-Oidc-", "Cf-Access-", "Tailscale-User-", "X-Pomerium-",
    ];

    private static readonly string[] ClaimsEnd =
    [
        "Client-IP", "ClientIP", "Connecting-IP", "Originating-IP", "Forwarded-For", "Forward-For", "Forwarder-For", "Forwarded-Host", "Forwarded-Proto", "Remote-Addr", "Remote-User", "WebAuth-User", "Method-Override",
    ];

    // What a header's name may have besides letters, digits and dashes (RFC 9110, section 5.6.2).
    private static readonly SearchValues<char> Signs = SearchValues.Create("!#$%&'*+.^_`|~");

    // Written anew for the asset, or for this gateway alone.
    private static readonly HashSet<string> Rewritten = new(StringComparer.OrdinalIgnoreCase) { "Cookie", "Origin", "Referer", "Upgrade-Insecure-Requests" };

    // Of the WebSocket handshake: each side has its own.
    private const string SocketPrefix = "Sec-WebSocket-";

    // What browsers say of themselves when they open a WebSocket; scripts can add nothing.
    private static readonly HashSet<string> OfSockets = new(StringComparer.OrdinalIgnoreCase)
    {
        "User-Agent", "Accept-Language", "Accept-Encoding", "Authorization", "Cache-Control", "Pragma", "DNT", "Sec-GPC", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User",
    };

    // What an answer must not bring along: it is about the way (which is ours), about other origins, or about frames, of which the bar is one.
    private static readonly HashSet<string> Answers = new(StringComparer.OrdinalIgnoreCase)
    {
        "X-Frame-Options", "Strict-Transport-Security", "Public-Key-Pins", "Public-Key-Pins-Report-Only", "Expect-CT", "Alt-Svc", "Clear-Site-Data", "Proxy-Authenticate", "Proxy-Authentication-Info",
        "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy", "Cross-Origin-Resource-Policy", "Report-To", "Reporting-Endpoints", "NEL", "Service-Worker-Allowed", "Authentication-Info",
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
        "Access-Control-Allow-Private-Network", "Timing-Allow-Origin", "Origin-Agent-Cluster", "X-Accel-Redirect", "X-Sendfile",
    };

    public static bool StopsRequest(string name)
    {
        // CGI makes one of both spellings (RFC 3875, section 4.1.18), and some servers of whatever else is neither letter nor digit.
        var dashed = name.AsSpan().ContainsAny(Signs) ? string.Create(name.Length, name, (dashed, spelt) => spelt.AsSpan().ReplaceAny(dashed, Signs, '-')) : name;
        return Claims.Contains(dashed)
            || ClaimsBegin.Any(beginning => dashed.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))
            || ClaimsEnd.Any(end => dashed.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            || Rewritten.Contains(dashed)
            || dashed.StartsWith(SocketPrefix, StringComparison.OrdinalIgnoreCase)
            || (Connection.Contains(dashed) && !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>For a WebSocket only what is known: Kestrel leaves nothing of Connection but "Upgrade", so what it nominated is not.</summary>
    public static bool StopsSocket(string name) => !OfSockets.Contains(name);

    public static bool StopsAnswer(string name) => Answers.Contains(name);

    /// <summary>
    /// Drops what is for the next hop alone by the sender's own word (RFC 9110, section 7.6.1). What is about the connection itself is not the sender's to take
    /// away; it goes no further anyway.
    /// </summary>
    public static void DropNominated(IHeaderDictionary headers, StringValues connection)
    {
        foreach (var name in connection.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries)))
        {
            if (!Connection.Contains(name) && !name.StartsWith(SocketPrefix, StringComparison.OrdinalIgnoreCase))
            {
                headers.Remove(name);
            }
        }
    }
}
