using System.Net.WebSockets;
using Sallyport.Gateway.Link;
using Sallyport.Hosting;
using Sallyport.Recording;

namespace Sallyport.Gateway.Sessions;

/// <summary>What one protocol does with a browser's messages. One instance for each browser's link.</summary>
internal interface IBrowserHandler
{
    /// <summary>Takes the first message: opens or resumes a session and answers the browser.</summary>
    /// <returns>False when it was refused; the browser was told why.</returns>
    ValueTask<bool> BeginAsync(BrowserConnection browser, byte type, ReadOnlyMemory<byte> body, string? clientAddress, CancellationToken cancellationToken);

    /// <returns>False for a message that our page never sends: the link is closed, the session waits for the page to come back.</returns>
    ValueTask<bool> HandleAsync(BrowserConnection browser, byte type, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>The link is gone.</summary>
    void Left(BrowserConnection browser);
}

/// <summary>The browser's WebSocket: whose pages may connect, how large and how late its messages may be. Every message is checked before it is believed.</summary>
internal static class BrowserEndpoint
{
    /// <summary>How long a browser has to read why it was refused.</summary>
    private static readonly TimeSpan RefusalTime = TimeSpan.FromSeconds(2);

    public static void MapSessionSocket<THandler>(this IEndpointRouteBuilder endpoints, string pattern)
        where THandler : IBrowserHandler => endpoints.Map(pattern, async (HttpContext http, PortalLink link, PendingSockets waiting) =>
    {
        // Cross-site WebSocket hijacking: only the portal's own pages may open a session. Here they are of another origin, and say so.
        if (!http.WebSockets.IsWebSocketRequest || link.PortalOrigin is null || !RequestOrigin.Is(http.Request, link.PortalOrigin))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        using var pending = waiting.TryAcquire(http.Connection.RemoteIpAddress);
        if (pending is null)
        {
            GatewayMetrics.SocketRefused();
            http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            http.Response.Headers.RetryAfter = "5";
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var browser = new BrowserConnection(socket, closed);
        var sending = browser.SendLoopAsync();
        var handler = ActivatorUtilities.CreateInstance<THandler>(http.RequestServices);
        try
        {
            if (await BeginAsync(browser, handler, http.Connection.RemoteIpAddress?.ToString(), waiting.FirstMessage, closed.Token))
            {
                pending.Dispose();
                await ReceiveAsync(browser, handler, closed.Token);
            }
            else
            {
                await Task.WhenAny(sending, Task.Delay(RefusalTime));
            }
        }
        catch (RecordingException)
        {
            // The session is ended, and says so to its browsers.
            await Task.WhenAny(sending, Task.Delay(RefusalTime));
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // The link dropped: the session waits for the browser to come back.
        }
        finally
        {
            handler.Left(browser);
            browser.Close();
            await sending;
        }
    });

    private static async Task<bool> BeginAsync(BrowserConnection browser, IBrowserHandler handler, string? address, TimeSpan time, CancellationToken cancellationToken)
    {
        var buffer = new byte[SessionMessages.MaxMessage];
        var reading = browser.ReadAsync(buffer, cancellationToken).AsTask();
        if (await Task.WhenAny(reading, Task.Delay(time, cancellationToken)) != reading)
        {
            return browser.Refuse(Refusals.TooLate);
        }

        var length = await reading;
        return length > 0 && await handler.BeginAsync(browser, buffer[0], buffer.AsMemory(1, length - 1), address, cancellationToken);
    }

    private static async Task ReceiveAsync(BrowserConnection browser, IBrowserHandler handler, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var buffer = new byte[SessionMessages.MaxMessage];
        while (true)
        {
            silence.CancelAfter(BrowserConnection.Silence);
            var length = await browser.ReadAsync(buffer, silence.Token);
            var body = buffer.AsMemory(1, Math.Max(length - 1, 0));
            var known = length switch
            {
                0 => false,
                9 when buffer[0] == SessionMessages.Ping => browser.Pong(body.Span),
                _ when browser.IsFinishing => true,
                _ => await handler.HandleAsync(browser, buffer[0], body, cancellationToken),
            };
            if (!known)
            {
                return;
            }
        }
    }
}
