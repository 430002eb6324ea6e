using System.Net.WebSockets;
using Sallyport.Gateway.Web.Trace;
using Sallyport.Recording;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>
/// A WebSocket on either side, and every message recorded on the way. The asset's is opened first: what it refuses, the browser is refused.
/// </summary>
internal sealed class SocketRelay(TimeProvider time)
{
    private const int BufferLength = 16 * 1024;
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    public async Task HandleAsync(HttpContext http, WebSession session, WebAttachment attachment, Exchange exchange)
    {
        try
        {
            using var asset = new ClientWebSocket();
            if ((await OpenAsync(http, session, attachment, exchange, asset) ?? await RelayAsync(http, session, attachment, exchange, asset)) is { } refusal)
            {
                exchange.Note(refusal.Message);
                await refusal.WriteAsync(http, session);
            }
        }
        finally
        {
            await exchange.EndAsync(http.Response, answered: true, sent: null, received: null, isDownload: false);
        }
    }

    private async Task<Refusal?> RelayAsync(HttpContext http, WebSession session, WebAttachment attachment, Exchange exchange, ClientWebSocket asset)
    {
        exchange.Answered();
        await session.Recorder.WriteAsync(new HttpSocketOpened(exchange.Number, exchange.Path, asset.SubProtocol));
        Relay? relay = null;
        try
        {
            foreach (var cookie in asset.HttpResponseHeaders?.GetValueOrDefault("Set-Cookie") ?? [])
            {
                if (session.Cookies.ToBrowser(cookie, http.Request.Path.ToUriComponent()) is { } shown)
                {
                    http.Response.Headers.Append("Set-Cookie", shown);
                }
            }

            using var browser = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = asset.SubProtocol });
            relay = new Relay(session, attachment, exchange.Number, exchange.Path, browser, asset, time);
            await relay.RunAsync(http.RequestAborted);
            return null;
        }
        catch (Exception e) when (relay is null && e is (InvalidOperationException or WebSocketException or IOException or OperationCanceledException))
        {
            return http.Response.HasStarted ? null : new Refusal(StatusCodes.Status503ServiceUnavailable, "The gateway could not open the browser's side of the WebSocket.");
        }
        finally
        {
            await session.Recorder.WriteAsync(relay?.Closed ?? new HttpSocketClosed(exchange.Number, Relay.Broken, 0, 0, "It was never open to the browser."));
        }
    }

    private static async Task<Refusal?> OpenAsync(HttpContext http, WebSession session, WebAttachment attachment, Exchange exchange, ClientWebSocket asset)
    {
        var request = http.Request;
        asset.Options.CollectHttpResponseDetails = true;
        asset.Options.HttpVersion = System.Net.HttpVersion.Version11;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, attachment.Left);
        timeout.CancelAfter(OpenTimeout);
        try
        {
            foreach (var protocol in http.WebSockets.WebSocketRequestedProtocols)
            {
                asset.Options.AddSubProtocol(protocol);
            }

            foreach (var (name, value) in request.Headers.Where(h => !HeaderRules.StopsSocket(h.Key) && !AssetHeaders.Stops(h.Key, session)).Select(h => (h.Key, h.Value.ToString())).Concat(AssetHeaders.Of(request, session, exchange)))
            {
                asset.Options.SetRequestHeader(name, value);
            }

            var uri = new Uri($"{(session.Target.Tls ? "wss" : "ws")}://{session.Target.Authority}{request.Path.ToUriComponent()}{request.QueryString}");
            await asset.ConnectAsync(uri, session.Client.Sockets, timeout.Token);
            return null;
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException or OperationCanceledException)
        {
            var status = (int)asset.HttpStatusCode;
            return status >= 400
                ? new Refusal(status == StatusCodes.Status401Unauthorized && session.SignsRequests ? StatusCodes.Status502BadGateway : status, "The asset refused the WebSocket.")
                : new Refusal(StatusCodes.Status502BadGateway, "The asset opened no WebSocket.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // A sub-protocol named twice (RFC 6455, section 4.1), or what is no header's value.
            return new Refusal(StatusCodes.Status400BadRequest, "The HMI asked for a WebSocket in a way that is not allowed.");
        }
    }

    private sealed class Relay(WebSession session, WebAttachment attachment, long number, string path, WebSocket browser, WebSocket asset, TimeProvider time)
    {
        private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(500);

        // A reset could overtake the close frame.
        private static readonly TimeSpan Arrival = TimeSpan.FromMilliseconds(200);

        private const int EndpointUnavailable = 1001;
        public const int Broken = 1006;

        private readonly CancellationTokenSource _broken = new();
        private long _sent;
        private long _received;
        private (int Code, string? Reason)? _closed;

        public HttpSocketClosed Closed => new(number, _closed?.Code ?? Broken, Volatile.Read(ref _sent), Volatile.Read(ref _received), _closed?.Reason);

        // MQTT 5, section 6: the first packet has the password, and may come in several messages. Until it is acknowledged, nothing else needs to be said.
        private bool IsSigningIn => asset.SubProtocol?.StartsWith("mqtt", StringComparison.OrdinalIgnoreCase) == true && Volatile.Read(ref _received) == 0;

        public async Task RunAsync(CancellationToken aborted)
        {
            using var stopped = CancellationTokenSource.CreateLinkedTokenSource(aborted, _broken.Token);
            var pumps = Task.WhenAll(PumpAsync(browser, asset, fromAsset: false, stopped.Token), PumpAsync(asset, browser, fromAsset: true, stopped.Token));
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (attachment.Left.Register(ended.SetResult))
            {
                await Task.WhenAny(pumps, ended.Task);
            }

            if ((session.Ended?.Message ?? (attachment.Left.IsCancellationRequested ? WebAttachment.TakenOver : null)) is { } end)
            {
                // Said before the sockets are torn down: a cancelled receive would leave no way to.
                _closed = (EndpointUnavailable, end);
                await SayEndAsync(end);
            }

            browser.Abort();
            asset.Abort();
            await pumps;
            _broken.Dispose();
        }

        private async Task SayEndAsync(string message)
        {
            // RFC 6455, section 5.5: a close frame has room for 123 bytes of reason.
            var reason = string.Concat(message.Where(char.IsAscii).Take(120));
            using var timeout = new CancellationTokenSource(LastWords, time);
            try
            {
                if (browser.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    await browser.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, reason, timeout.Token);
                    await Task.Delay(Arrival, time, timeout.Token);
                }
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                // It is aborted next.
            }
        }

        private async Task PumpAsync(WebSocket from, WebSocket to, bool fromAsset, CancellationToken cancellationToken)
        {
            try
            {
                await CopyAsync(from, to, fromAsset, cancellationToken);

                // The other direction gets a moment to say its last words.
                _broken.CancelAfter(CloseTimeout);
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or RecordingException or IOException or ObjectDisposedException)
            {
                await _broken.CancelAsync();
            }
        }

        private async Task CopyAsync(WebSocket from, WebSocket to, bool fromAsset, CancellationToken cancellationToken)
        {
            var buffer = new byte[BufferLength];
            var message = session.Recorder.Message(number, fromAsset, () => !fromAsset && IsSigningIn);
            try
            {
                while (true)
                {
                    var result = await from.ReceiveAsync(buffer.AsMemory(), cancellationToken);
                    if (result.MessageType == WebSocketMessageType.Close)
                    {
                        _closed ??= ((int?)from.CloseStatus ?? 1005, from.CloseStatusDescription);
                        await to.CloseOutputAsync(Sendable(from.CloseStatus), from.CloseStatusDescription, cancellationToken);
                        return;
                    }

                    message.Add(buffer.AsSpan(0, result.Count), result.MessageType == WebSocketMessageType.Binary);
                    if (!fromAsset && message.Length > session.Policy.MaxRequestBytes)
                    {
                        _closed ??= ((int)WebSocketCloseStatus.MessageTooBig, "The service allows no message of this size.");
                        await from.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, "Too big", cancellationToken);

                        // What is still coming in makes the end a reset, which must not overtake the reason.
                        await Task.Delay(Arrival, time, cancellationToken);
                        return;
                    }

                    // Before it is sent on: what has had an effect is in the recording.
                    if (!await message.RecordAsync(result.EndOfMessage))
                    {
                        continue;
                    }

                    if (result.EndOfMessage)
                    {
                        Count(fromAsset, message);
                    }

                    if (!message.Held.IsEmpty)
                    {
                        await to.SendAsync(message.Held, result.MessageType, endOfMessage: false, cancellationToken);
                    }

                    await to.SendAsync(buffer.AsMemory(0, result.Count), result.MessageType, result.EndOfMessage, cancellationToken);
                    if (result.EndOfMessage)
                    {
                        await message.DisposeAsync();
                        message = session.Recorder.Message(number, fromAsset, () => !fromAsset && IsSigningIn);
                    }
                }
            }
            finally
            {
                await message.DisposeAsync();
            }
        }

        private void Count(bool fromAsset, SocketMessage message)
        {
            if (fromAsset)
            {
                Interlocked.Increment(ref _received);
            }
            else
            {
                Interlocked.Increment(ref _sent);
                session.Sent(path, message.Sha256);
            }
        }

        // 1005 and 1006 only say that nothing was said (RFC 6455, section 7.4.1).
        private static WebSocketCloseStatus Sendable(WebSocketCloseStatus? status) =>
            status is null or WebSocketCloseStatus.Empty or (WebSocketCloseStatus)Broken or (WebSocketCloseStatus)1015 ? WebSocketCloseStatus.NormalClosure : status.Value;
    }
}
