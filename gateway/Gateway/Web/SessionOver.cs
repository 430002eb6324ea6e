using Sallyport.Contracts;

namespace Sallyport.Gateway.Web;

/// <summary>What a browser is told that comes without a running session of its own: why it ended, if it was its own; else nothing of it.</summary>
internal static class SessionOver
{
    public static async Task WriteAsync(
        HttpContext http,
        WebSession? session,
        WebSessions sessions,
        Guid id,
        Func<EndedWebSession, SessionCookie> cookieOfEnded,
        Func<WebSession, SessionCookie> cookieOf,
        WebOrigins origins,
        string frameAncestors,
        string? portal = null)
    {
        if (session?.Ended is { } end && cookieOf(session).IsIn(http.Request, origins.IsHttps))
        {
            await WriteEndAsync(http, session.AssetName, end.Message, frameAncestors, portal);
        }
        else if (session is null && sessions.TryFindEnded(id, out var ended) && cookieOfEnded(ended).IsIn(http.Request, origins.IsHttps))
        {
            await WriteEndAsync(http, ended.AssetName, ended.Message, frameAncestors, portal);
        }
        else
        {
            // The same whether there is such a session or not.
            await SessionPage.RefuseStrangerAsync(http, StatusCodes.Status403Forbidden, "No session", "This browser has no session here, or it is over. Connect from the asset's page in the portal.", frameAncestors, portal);
        }
    }

    private static async Task WriteEndAsync(HttpContext http, string asset, string message, string frameAncestors, string? portal)
    {
        // What the HMI has left in the browser goes with the session. Cookies are not named: that would reach all sessions of the domain.
        http.Response.OnStarting(() =>
        {
            http.Response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";
            return Task.CompletedTask;
        });
        await SessionPage.WriteAsync(http, StatusCodes.Status410Gone, $"{asset}: the session is over.", message, frameAncestors, portal);
    }
}
