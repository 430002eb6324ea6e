using Microsoft.Extensions.Primitives;
using Sallyport.Contracts;
using Sallyport.Gateway.Web.Forwarding;

namespace Sallyport.Gateway.Web;

/// <summary>The HMI's origin of one session: all of it is the asset's, but for the way in.</summary>
internal sealed class HmiEndpoint(WebSessions sessions, EndedSessionResponse over, AssetForwarder forwarder, WebOrigins origins)
{
    public async Task HandleAsync(HttpContext http, Guid id)
    {
        var request = http.Request;
        var session = sessions.Find(id);
        if (session is { Ended: null } && HttpMethods.IsGet(request.Method) && request.Path == BarPage.EntryPath && session.Attachment.Passes.Use(request.Query["pass"]))
        {
            // Strict: the frame's own pages and the bar's are of one site.
            session.Attachment.HmiCookie.GiveTo(http.Response, origins.IsHttps, SameSiteMode.Strict);
            http.Response.Headers.Append("Set-Cookie", new StringValues([.. session.Cookies.Shown()]));
            await SessionPage.WriteEntryAsync(http, session.Policy.StartPath, origins.Bar(id));
        }
        else if (session is { Ended: null, Attachment: var attachment } && attachment.HmiCookie.IsIn(request, origins.IsHttps))
        {
            if (IsWithoutBar(request) && (!session.Policy.AllowPopups || request.Headers["Sec-Fetch-Site"].ToString() is "same-site" or "cross-site"))
            {
                SessionPage.Protect(http.Response);
                http.Response.StatusCode = StatusCodes.Status303SeeOther;
                http.Response.Headers.Location = origins.Bar(id) + "/";
                return;
            }

            await forwarder.HandleAsync(http, session, attachment);
            if (session.Ended is not null && !http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
            {
                await over.WriteAsync(http, id, WebHostKind.Hmi);
            }
        }
        else
        {
            await over.WriteAsync(http, id, WebHostKind.Hmi);
        }
    }

    // The HMI's address as a tab of its own: typed, opened from the frame, or linked to from elsewhere.
    private static bool IsWithoutBar(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Dest"] == "document" && request.Headers["Sec-Fetch-Mode"] == "navigate";
}
