using Microsoft.Extensions.Primitives;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>Makes an answer's headers true for the session's origin. Location is for the caller, who may have to refuse it.</summary>
internal static class AnswerHeaders
{
    // Directives of the asset's content security policy that are about frames, its own reporting, or its own transport.
    private static readonly string[] StoppedDirectives = ["frame-ancestors", "report-uri", "report-to", "upgrade-insecure-requests", "block-all-mixed-content"];

    private static readonly string[] WithUrls = ["Content-Location", "Link", "SourceMap", "X-SourceMap"];

    /// <param name="connection">The answer's Connection header, which has not come this far.</param>
    public static void Apply(HttpResponse response, WebSession session, string path, StringValues connection)
    {
        var headers = response.Headers;
        HeaderRules.DropNominated(headers, connection);
        foreach (var name in headers.Keys.Where(HeaderRules.StopsAnswer).ToList())
        {
            headers.Remove(name);
        }

        if (headers.SetCookie.Count > 0)
        {
            headers.SetCookie = new StringValues([.. headers.SetCookie.Select(header => session.Cookies.ToBrowser(header ?? "", path)).OfType<string>()]);
        }

        foreach (var name in WithUrls)
        {
            if (headers.TryGetValue(name, out var value))
            {
                headers[name] = session.Own.InHeader(value.ToString());
            }
        }

        if (headers["Refresh"].ToString() is { Length: > 0 } refresh)
        {
            headers["Refresh"] = Refresh(refresh, session.Own, path);
        }

        // Each header counts by itself (CSP 3, section 8.1): nothing that the asset's own says can widen ours.
        headers.ContentSecurityPolicy = headers.ContentSecurityPolicy.Count == 0
            ? session.FramePolicy
            : new StringValues([.. headers.ContentSecurityPolicy.Select(policy => Policy(policy ?? "", session.Own)).Where(policy => policy.Length > 0), session.FramePolicy]);
        headers.Remove("Content-Security-Policy-Report-Only");
        headers["Origin-Agent-Cluster"] = "?1";
        headers.CacheControl = Private(headers.CacheControl.ToString());
    }

    private static string Policy(string policy, AssetUrlMapper own) => own.InHeader(string.Join("; ", policy
        .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Where(directive => !StoppedDirectives.Contains(directive.Split(' ')[0], StringComparer.OrdinalIgnoreCase))));

    private static StringValues Refresh(string refresh, AssetUrlMapper own, string path)
    {
        var at = refresh.IndexOf("url=", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return refresh;
        }

        return own.ToBrowser(refresh[(at + 4)..].Trim().Trim('"', '\''), path) is { } url ? $"{refresh[..at]}url={url}" : default;
    }

    // What one person may see here must not stay in a cache that others use.
    private static string Private(string cacheControl)
    {
        if (cacheControl.Length == 0)
        {
            return "private";
        }

        var directives = cacheControl.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(d => !d.Equals("public", StringComparison.OrdinalIgnoreCase) && !d.StartsWith("s-maxage", StringComparison.OrdinalIgnoreCase))
            .ToList();
        return directives.Exists(d => d.StartsWith("private", StringComparison.OrdinalIgnoreCase) || d.Equals("no-store", StringComparison.OrdinalIgnoreCase))
            ? string.Join(", ", directives)
            : string.Join(", ", [.. directives, "private"]);
    }
}
