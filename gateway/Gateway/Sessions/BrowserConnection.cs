using System.Net.WebSockets;
using System.Threading.Channels;

namespace Sallyport.Gateway.Sessions;

/// <summary>One browser's WebSocket. What it is sent: control messages first, then what the protocol has, as fast as the browser takes it.</summary>
internal sealed class BrowserConnection(WebSocket socket, CancellationTokenSource closed)
{
    /// <summary>The browser pings every 5 s; after this long without a word its link is dead.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);

    private const int MaxControl = 256;
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(3);

    private readonly Channel<byte[]> _control = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxControl) { SingleReader = true });
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<byte[]> _last = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IBrowserStream? _stream;
    private volatile bool _cut;
    private Task<bool>? _controlWaiting;

    /// <summary>It gets its last words, and has no part in the session any more.</summary>
    public bool IsFinishing => _last.Task.IsCompleted;

    public void Begin(IBrowserStream stream)
    {
        _stream = stream;
        _begun.TrySetResult();
    }

    /// <summary>A browser that lets this many control messages pile up is gone.</summary>
    public void Send(byte[] message)
    {
        if (!_control.Writer.TryWrite(message))
        {
            Close();
        }
    }

    /// <summary>Reads the next whole binary message.</summary>
    /// <returns>Its length; 0: closed, too long, or not binary.</returns>
    /// <remarks>One reader at a time. When it is cancelled, the socket is of no use any more.</remarks>
    public async ValueTask<int> ReadAsync(byte[] buffer, CancellationToken cancellationToken)
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
                GatewayMetrics.Received(length);
                return length;
            }
        }
    }

    /// <summary>Waits for an answer before the session is open; pings are answered meanwhile.</summary>
    /// <exception cref="OperationCanceledException">It did not come in time. The browser can still be told so.</exception>
    /// <exception cref="WebSocketException">The browser left.</exception>
    public async Task<(byte Type, ReadOnlyMemory<byte> Body)> ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[SessionMessages.MaxMessage];
        while (true)
        {
            var length = await ReadAsync(buffer, closed.Token).AsTask().WaitAsync(Silence, cancellationToken);
            if (length == 0)
            {
                throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
            }

            if (length != 9 || buffer[0] != SessionMessages.Ping)
            {
                return (buffer[0], buffer.AsMemory(1, length - 1));
            }

            Pong(buffer.AsSpan(1, length - 1));
        }
    }

    public bool Pong(ReadOnlySpan<byte> body)
    {
        Send([SessionMessages.Pong, .. body]);
        return true;
    }

    /// <returns>False, for who has nothing else to say.</returns>
    public bool Refuse(RefusedMessage refusal)
    {
        Send(SessionMessages.Json(SessionMessages.Refused, refusal));
        return false;
    }

    public void Close()
    {
        try
        {
            closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has closed by itself.
        }
    }

    /// <summary>Sends what the protocol still has and then this. The browser closes when it has it; who does not is closed a little later.</summary>
    public async Task FinishAsync(byte[] message)
    {
        _last.TrySetResult(message);
        await Task.WhenAny(_done.Task, Task.Delay(CloseTimeout));
        try
        {
            closed.CancelAfter(CloseTimeout);
        }
        catch (ObjectDisposedException)
        {
            // It has closed by itself.
        }
    }

    /// <summary>Sends this and nothing else any more, whatever the protocol still has.</summary>
    public Task CutAsync(byte[] message)
    {
        _cut = true;
        return FinishAsync(message);
    }

    public async Task SendLoopAsync()
    {
        var finished = false;
        var answered = false;
        try
        {
            while (!closed.IsCancellationRequested)
            {
                while (_control.Reader.TryRead(out var message))
                {
                    await socket.SendAsync(message, WebSocketMessageType.Binary, true, closed.Token);
                    GatewayMetrics.Sent(message.Length);

                    // A notice or a state may be said earlier; a page knows what to do with output only from there on.
                    answered |= message[0] is SessionMessages.Opened or SessionMessages.Refused;
                }

                if (!answered)
                {
                    // The answer to the browser's first message, however early there is output.
                    await ControlAsync();
                }
                else if (_stream is { } stream)
                {
                    if (!_cut && stream.Next() is { IsEmpty: false } next)
                    {
                        await socket.SendAsync(next, WebSocketMessageType.Binary, true, closed.Token);
                        GatewayMetrics.Sent(next.Length);
                        continue;
                    }

                    if (_last.Task.IsCompletedSuccessfully)
                    {
                        await socket.SendAsync(await _last.Task, WebSocketMessageType.Binary, true, closed.Token);
                        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, closed.Token);

                        // Not cut here: a reset could overtake the last message.
                        finished = true;
                        return;
                    }

                    await Task.WhenAny(stream.MoreAsync(), ControlAsync(), _last.Task);
                }
                else
                {
                    await Task.WhenAny(_begun.Task, ControlAsync());
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            // The link dropped; the session knows from the receiving half.
        }
        finally
        {
            _done.TrySetResult();
            if (!finished)
            {
                Close();
            }
        }
    }

    // One wait for all rounds: output that goes on for hours would leave a waiter behind in the channel for each of its parts.
    private Task<bool> ControlAsync() =>
        _controlWaiting is { IsCompleted: false } waiting ? waiting : _controlWaiting = _control.Reader.WaitToReadAsync(closed.Token).AsTask();
}
