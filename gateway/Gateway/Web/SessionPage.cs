using System.Net;

namespace Sallyport.Gateway.Web;

/// <summary>What the gateway itself answers instead of an asset: a page for people, a line of text for scripts.</summary>
internal static class SessionPage
{
    /// <param name="portal">Where the page leads back to; null in a frame, which cannot lead its tab.</param>
    public static async Task WriteAsync(HttpContext http, int status, string title, string message, string frameAncestors, string? portal = null)
    {
        var response = http.Response;
        response.Clear();
        response.StatusCode = status;
        Protect(response);
        if (!IsForPeople(http.Request))
        {
            response.ContentType = "text/plain; charset=utf-8";
            await response.WriteAsync($"{title} {message}\n", http.RequestAborted);
            return;
        }

        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors {frameAncestors}; base-uri 'none'; form-action 'none'";
        await response.WriteAsync(
            $$"""
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{WebUtility.HtmlEncode(title)}}</title>
            <style>
            :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
            body { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; overflow-wrap: anywhere; }
            h1 { font-size: 1.4rem; }
            </style>
            <h1>{{WebUtility.HtmlEncode(title)}}</h1>
            <p>{{WebUtility.HtmlEncode(message)}}</p>
            {{Link(portal)}}
            </html>
            """,
            http.RequestAborted);
    }

    /// <summary>
    /// The first page in the HMI's origin leads on by itself, not by a redirect: that, and whatever the asset redirects to from there, would count as
    /// asked for by the bar, which is another origin, and none of those may ask the asset for anything.
    /// </summary>
    public static async Task WriteEntryAsync(HttpContext http, string path, string frameAncestors)
    {
        var response = http.Response;
        Protect(response);
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = $"default-src 'none'; frame-ancestors {frameAncestors}; base-uri 'none'; form-action 'none'";
        await response.WriteAsync($"<!doctype html>\n<meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\"><meta http-equiv=\"refresh\" content=\"0;url={WebUtility.HtmlEncode(path)}\">\n<title>Opening…</title>\n", http.RequestAborted);
    }

    /// <summary>For who has no session here.</summary>
    /// <inheritdoc cref="WriteAsync"/>
    public static Task RejectUnauthenticatedAsync(HttpContext http, int status, string title, string message, string frameAncestors, string? portal = null) =>
        OversizedHeaders.AbortConnection(http) ? Task.CompletedTask : WriteAsync(http, status, title, message, frameAncestors, portal);

    /// <summary>The way back to the portal.</summary>
    public static string Link(string? portal) => portal is null ? "" : $"<p><a href=\"{WebUtility.HtmlEncode(portal)}/\" rel=\"noreferrer\">My plants</a></p>";

    /// <summary>For every answer of the gateway's own on a session's origins.</summary>
    public static void Protect(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Origin-Agent-Cluster"] = "?1";
    }

    public static bool IsForPeople(HttpRequest request) => request.Headers["Sec-Fetch-Mode"].ToString() switch
    {
        "navigate" => true,
        "" => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
