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

    // Whom the asset would believe about who is there, or what is asked: only clients that lie send them here.
    private static readonly HashSet<string> Claims = new(StringComparer.OrdinalIgnoreCase)
    {
        "Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "X-Host", "X-Remote-IP", "X-Remote-Addr",
        "X-Remote-User", "Remote-User", "X-WebAuth-User", "X-Authenticated-User", "X-Auth-Request-User", "X-Original-URL", "X-Original-URI", "X-Original-Host",
        "X-Rewrite-URL", "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Content-Length", "X-ProxyUser-Ip", "X-Azure-ClientIP", "X-Envoy-External-Address",
    };

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
        // CGI makes one of both spellings (RFC 3875, section 4.1.18).
        var dashed = name.Replace('_', '-');
        return Claims.Contains(dashed)
            || Rewritten.Contains(dashed)
            || dashed.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
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
