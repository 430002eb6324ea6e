using System.Net.WebSockets;
using Sallyport.Gateway.Link;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal;

/// <summary>The browser's WebSocket: opens or resumes a session and carries its input. Every message is checked before it is believed.</summary>
internal static class TerminalEndpoint
{
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The browser pings every 5 s; after this long without a word its link is dead.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.Map("/terminal", async (HttpContext http, PortalLink link, SessionOpener opener, SessionRegistry registry) =>
    {
        // Cross-site WebSocket hijacking: only the portal's own pages may open a session.
        if (!http.WebSockets.IsWebSocketRequest || link.PortalOrigin is null || http.Request.Headers.Origin != link.PortalOrigin)
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var browser = new BrowserConnection(socket, closed);
        var sending = browser.SendLoopAsync();
        TerminalSession? session = null;
        try
        {
            session = await BeginAsync(socket, browser, opener, registry, http.Connection.RemoteIpAddress?.ToString(), closed.Token);
            if (session is not null)
            {
                await ReceiveAsync(socket, browser, session, closed.Token);
            }
            else
            {
                await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(2)));
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // The link dropped: the session waits for the browser to come back.
        }
        finally
        {
            session?.Detach(browser);
            browser.Close();
            await sending;
        }
    });

    private static async Task<TerminalSession?> BeginAsync(WebSocket socket, BrowserConnection browser, SessionOpener opener, SessionRegistry registry, string? address, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(OpenTimeout);
        var buffer = new byte[TerminalProtocol.MaxMessage];
        var length = await ReadAsync(socket, buffer, timeout.Token);
        var body = buffer.AsMemory(1, Math.Max(length - 1, 0));
        switch (length > 0 ? buffer[0] : byte.MaxValue)
        {
            case TerminalProtocol.Open when TerminalProtocol.Read<OpenMessage>(body.Span) is { Ticket: not null } open:
                var (columns, rows) = TerminalProtocol.Clamp(open.Cols, open.Rows);
                var (session, error, message) = await opener.OpenAsync(open.Ticket, columns, rows, address, cancellationToken);
                if (session is null)
                {
                    browser.Send(TerminalProtocol.Json(TerminalProtocol.Refused, new RefusedMessage(error!, message!)));
                    return null;
                }

                browser.Send(TerminalProtocol.Json(TerminalProtocol.Opened, session.Attach(browser, 0)));
                return session;
            case TerminalProtocol.Resume when TerminalProtocol.Read<ResumeMessage>(body.Span) is { ResumeToken: not null, Received: >= 0 } resume:
                if (registry.Find(resume.SessionId) is not { } running || !running.MayResume(resume.ResumeToken))
                {
                    browser.Send(TerminalProtocol.Json(TerminalProtocol.Refused, new RefusedMessage("session_over", "The session is over, or is open in another window.")));
                    return null;
                }

                browser.Send(TerminalProtocol.Json(TerminalProtocol.Opened, running.Attach(browser, resume.Received)));
                var size = TerminalProtocol.Clamp(resume.Cols, resume.Rows);
                await running.ResizeAsync(size.Columns, size.Rows);
                return running;
            default:
                browser.Send(TerminalProtocol.Json(TerminalProtocol.Refused, new RefusedMessage("bad_message", "The first message must open or resume a session.")));
                return null;
        }
    }

    private static async Task ReceiveAsync(WebSocket socket, BrowserConnection browser, TerminalSession session, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var buffer = new byte[TerminalProtocol.MaxMessage];
        while (true)
        {
            silence.CancelAfter(Silence);
            var length = await ReadAsync(socket, buffer, silence.Token);
            if (length == 0 || !await HandleAsync(browser, session, buffer[0], buffer.AsMemory(1, length - 1), cancellationToken))
            {
                return;
            }
        }
    }

    private static async ValueTask<bool> HandleAsync(BrowserConnection browser, TerminalSession session, byte type, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        switch (type)
        {
            case TerminalProtocol.Input when TerminalProtocol.Offset(body.Span) is { } offset:
                if (await session.InputAsync(offset, body[8..], cancellationToken) is not { } received)
                {
                    return false;
                }

                browser.Send(TerminalProtocol.Number(TerminalProtocol.InputAck, received));
                return true;
            case TerminalProtocol.Resize when TerminalProtocol.Size(body.Span) is var (columns, rows):
                await session.ResizeAsync(columns, rows);
                return true;
            case TerminalProtocol.Ack when TerminalProtocol.Offset(body.Span) is { } acknowledged:
                session.Acknowledge(acknowledged);
                return true;
            case TerminalProtocol.Ping when body.Length == 8:
                browser.Send([TerminalProtocol.Pong, .. body.Span]);
                return true;
            case TerminalProtocol.End:
                session.End(Contracts.SessionEndReason.User, "You ended the session.");
                return true;
            default:
                // Nothing that our page sends: the link is closed, the session waits for the page to come back.
                return false;
        }
    }

    // Length of the next whole binary message; 0: closed, too long, or not binary.
    private static async ValueTask<int> ReadAsync(WebSocket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            length += result.Count;
            if (result.MessageType != WebSocketMessageType.Binary || (length == buffer.Length && !result.EndOfMessage))
            {
                return 0;
            }

            if (result.EndOfMessage)
            {
                return length;
            }
        }
    }
}
