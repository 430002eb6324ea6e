using System.Text.Json;
using Sallyport.Contracts;
using Sallyport.Contracts.Tickets;
using Sallyport.Gateway.Link;

namespace Sallyport.Gateway.Web;

/// <summary>The bar's origin of one session: where the ticket comes in, and where the tab stays.</summary>
internal sealed class BarEndpoint(WebSessions sessions, EndedSessionResponse over, OpenWebSession open, WebOrigins origins, PortalLink link, TimeProvider time)
{
    private const int MaxTicket = 8 * 1024;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public async Task HandleAsync(HttpContext http, Guid id)
    {
        var (request, path) = (http.Request, http.Request.Path.Value);
        var session = sessions.Find(id);
        var isKnown = session?.Attachment.BarCookie.IsIn(request, origins.IsHttps) == true;
        if (HttpMethods.IsGet(request.Method) && path == "/" && TicketIn(request) is var (ticket, use))
        {
            await EnterAsync(http, id, isKnown, ticket, use);
        }
        else if (!isKnown || session is null || session.Ended is not null)
        {
            await over.WriteAsync(http, id, WebHostKind.Bar);
        }
        else
        {
            await ServeAsync(http, session, request.Method, path);
        }
    }

    private static (string Ticket, TicketUse Use)? TicketIn(HttpRequest request) =>
        request.Query["ticket"] is [{ Length: > 0 and < MaxTicket } opening] ? (opening, TicketUse.Open)
        : request.Query["take-over"] is [{ Length: > 0 and < MaxTicket } takeOver] ? (takeOver, TicketUse.TakeOver)
        : null;

    private async Task EnterAsync(HttpContext http, Guid id, bool isKnown, string ticket, TicketUse use)
    {
        // The way back in the browser's history leads here again: this browser has the session already.
        if (!isKnown)
        {
            var opening = await open(ticket, use, id, http.Connection.RemoteIpAddress?.ToString(), http.RequestAborted);
            if (opening.Session is not { } session)
            {
                await SessionPage.RejectUnauthenticatedAsync(http, StatusCodes.Status403Forbidden, "The session was not opened", opening.Message ?? "The ticket is not valid here or has expired. Connect again from the asset's page.", "'none'", link.PortalOrigin);
                return;
            }

            if (use == TicketUse.TakeOver)
            {
                await session.TakeOverAsync();
            }
            else
            {
                sessions.Add(session);
            }

            // Lax: the portal's link leads here from another site.
            session.Attachment.BarCookie.GiveTo(http.Response, origins.IsHttps, SameSiteMode.Lax);
        }

        SessionPage.Protect(http.Response);
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = "/";
    }

    private async Task ServeAsync(HttpContext http, WebSession session, string method, string? path)
    {
        var response = http.Response;
        BarPage.Protect(response, session);
        switch (method, path)
        {
            case ("GET", "/"):
                session.Touch();
                response.ContentType = "text/html; charset=utf-8";
                await response.WriteAsync(BarPage.Html(session, link.PortalOrigin), http.RequestAborted);
                break;
            case ("GET", "/bar.js"):
                response.ContentType = "text/javascript; charset=utf-8";
                await response.Body.WriteAsync(BarPage.Script, http.RequestAborted);
                break;
            case ("GET", "/bar.css"):
                response.ContentType = "text/css; charset=utf-8";
                await response.Body.WriteAsync(BarPage.Style, http.RequestAborted);
                break;
            case ("GET", "/events"):
                await SendEventsAsync(http, session);
                break;
            case ("POST", "/stay") when http.Request.Headers.Origin == session.BarOrigin:
                session.Touch();
                response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case ("POST", "/end") when http.Request.Headers.Origin == session.BarOrigin:
                session.End(SessionEndReason.User, "You ended the session.");
                response.StatusCode = StatusCodes.Status204NoContent;
                break;
            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    // The window in force and the end for doing nothing, whenever they change; then why it ended. Also what keeps the session: see WebSession.Attach.
    private async Task SendEventsAsync(HttpContext http, WebSession session)
    {
        var attachment = session.Attachment;
        using var attached = session.Attach();
        http.Response.ContentType = "text/event-stream";
        try
        {
            while (true)
            {
                var changed = session.WhenChangedAsync();
                if (session.Ended is { } end)
                {
                    await SendAsync(http, "ended", new { reason = end.Reason.ToString(), message = end.Message });
                    return;
                }

                if (attachment.Left.IsCancellationRequested)
                {
                    await SendAsync(http, "ended", new { reason = "taken-over", message = WebAttachment.TakenOver });
                    return;
                }

                await SendAsync(http, "window", new
                {
                    now = time.GetUtcNow().ToUnixTimeMilliseconds(),
                    endsAt = session.EndsAt.ToUnixTimeMilliseconds(),
                    idleEndsAt = session.IdleEndsAt?.ToUnixTimeMilliseconds(),
                });
                using var beat = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
                await Task.WhenAny(changed, Task.Delay(Heartbeat, time, beat.Token));
                await beat.CancelAsync();
                http.RequestAborted.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed.
        }
    }

    private static Task SendAsync<T>(HttpContext http, string name, T data) =>
        http.Response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data)}\n\n", http.RequestAborted);
}
