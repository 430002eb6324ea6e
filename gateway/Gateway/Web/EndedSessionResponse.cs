using Microsoft.Extensions.Primitives;
using Sallyport.Contracts;
using Sallyport.Gateway.Link;

namespace Sallyport.Gateway.Web;

/// <summary>What a browser is told that comes without a running session of its own: why it ended, if it was its own; else nothing of it.</summary>
internal sealed class EndedSessionResponse(WebSessions sessions, WebOrigins origins, PortalLink link)
{
    public async Task WriteAsync(HttpContext http, Guid id, WebHostKind kind)
    {
        // The HMI's page is in the bar's frame, from where no link leads to the portal.
        var (frameAncestors, portal) = kind == WebHostKind.Bar ? ("'none'", link.PortalOrigin) : (origins.Bar(id), null);
        if (sessions.FindEnded(id) is not { } ended || !ended.IsOf(http.Request, kind, origins.IsHttps))
        {
            // The same whether there is such a session or not.
            await SessionPage.RejectUnauthenticatedAsync(http, StatusCodes.Status403Forbidden, "No session", "This browser has no session here, or it is over. Connect from the asset's page in the portal.", frameAncestors, portal);
            return;
        }

        // What the HMI has left in the browser goes with the session.
        http.Response.OnStarting(() =>
        {
            http.Response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";
            if (kind == WebHostKind.Hmi)
            {
                http.Response.Headers.SetCookie = new StringValues([.. ended.Cookies.Gone(http.Request.Headers.Cookie, http.Request.Host.Host)]);
            }

            return Task.CompletedTask;
        });
        await SessionPage.WriteAsync(http, StatusCodes.Status410Gone, $"{ended.AssetName}: {(ended.Message == WebAttachment.TakenOver ? "the session is in another window" : "the session is over")}.", ended.Message, frameAncestors, portal);
    }
}
