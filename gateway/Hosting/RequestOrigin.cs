using Microsoft.AspNetCore.Http;

namespace Sallyport.Hosting;

/// <summary>
/// Which page a request comes from, by what only the browser itself can write: <c>Origin</c> (RFC 6454, section 7) and
/// <c>Sec-Fetch-Site</c> (Fetch Metadata, section 2.3). Cookies do not say it: they go along with every page of the same site.
/// </summary>
public static class RequestOrigin
{
    /// <summary>Whether it comes from exactly that origin. Two origins are none.</summary>
    public static bool Is(HttpRequest request, string origin)
    {
        var stated = request.Headers.Origin;

        // A page that hides where it comes from (a referrer policy, a sandbox) sends "null" in its own forms too; then only the browser's Sec-Fetch-Site counts.
        return stated.Count == 1 && (stated[0] == origin || (stated[0] == "null" && request.Headers["Sec-Fetch-Site"] == "same-origin"));
    }

    /// <summary>
    /// Whether a page of another origin asks, one of the same site included. A request without either header comes from no page, since
    /// every browser sends Origin with what changes something; but a WebSocket must have it (RFC 6455, section 10.2).
    /// </summary>
    public static bool IsForeign(HttpRequest request, string ownOrigin, bool isWebSocket) =>
        ((isWebSocket || request.Headers.Origin.Count > 0) && !Is(request, ownOrigin))
        || request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none");
}
