using System.Buffers.Binary;
using System.Text;
using Sallyport.Gateway.Screen.Rfb.Shadow;

namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>
/// The gateway as the VNC server of one browser (RFC 6143; noVNC over a binary WebSocket). Two loops of the caller's drive it:
/// <see cref="ReadAsync"/> for what the viewer wants, <see cref="SendUpdatesAsync"/> for what it is shown. Whoever the viewer is
/// was settled before: the handshake asks for nothing.
/// </summary>
public sealed class RfbViewer : IAsyncDisposable
{
    // An update that answers a request is at most about so large: then the picture comes in parts, and the newest state each time.
    private const int PartLength = 256 * 1024;
    private const uint FenceRequest = 1u << 31;
    private const uint FenceFlags = 3;

    private readonly Stream _transport;
    private readonly RfbReader _reader;
    private readonly ViewerMessages _messages;
    private readonly ScreenSubscription _subscription;
    private readonly UpdateBuffer _buffer = new();
    private readonly UpdateEncoder _encoder;
    private readonly RfbViewerOptions _options;
    private readonly TimeProvider _time;
    private readonly ViewerFlow _flow;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _lock = new();
    private TaskCompletionSource _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _settings;
    private bool _requested;
    private bool _continuous;
    private bool _fences;
    private bool _saidContinuous;
    private bool _refuseSize;

    private RfbViewer(Stream transport, RfbReader reader, ScreenShadow screen, ScreenSubscription subscription, RfbViewerOptions options, TimeProvider time)
    {
        (_transport, _reader, _options, _time, _subscription) = (transport, reader, options, time, subscription);
        _messages = new ViewerMessages(reader);
        _encoder = new UpdateEncoder(screen, _subscription, _buffer);
        _flow = new ViewerFlow(time);
    }

    /// <summary>
    /// How long the oldest picture that the viewer has not confirmed is on its way; null: it has confirmed all. Viewers that know fences
    /// (noVNC does) confirm each; for others it is the time since the last update that they have not followed by a request.
    /// </summary>
    public TimeSpan? Unconfirmed
    {
        get
        {
            lock (_lock)
            {
                return _flow.Unconfirmed;
            }
        }
    }

    /// <summary>Greets a viewer and describes the screen. The transport stays the caller's.</summary>
    /// <exception cref="RfbFailureException">It is no RFB 3.x client, or hung up.</exception>
    public static async Task<RfbViewer> AcceptAsync(Stream transport, ScreenShadow screen, RfbViewerOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var reader = new RfbReader(transport) { Part = "the viewer's greeting" };
        var subscription = screen.Subscribe();
        using var limit = new CancellationTokenSource(options.HandshakeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await ViewerHandshake.RunAsync(transport, reader, subscription.Frame, options.Name, either.Token);
            reader.Part = "the viewer's session";
            return new RfbViewer(transport, reader, screen, subscription, options, time);
        }
        catch (Exception e)
        {
            subscription.Dispose();
            reader.Dispose();
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new RfbFailureException(new RfbFailure(RfbFailureKind.TimedOut, "The viewer did not finish its greeting in time."), e);
            }

            throw;
        }
    }

    /// <summary>The next key, pointer event or clipboard. What concerns only the picture is dealt with on the way.</summary>
    /// <exception cref="RfbFailureException">The viewer hung up (<see cref="RfbFailureKind.Closed"/>) or broke the protocol.</exception>
    public async ValueTask<ViewerEvent> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await _messages.ReadAsync(cancellationToken);
            if (message is ViewerMessage.Wanted wanted)
            {
                return wanted.Event;
            }

            await HandleAsync(message, cancellationToken);
        }
    }

    /// <summary>
    /// Sends what changes, until the transport or the token ends it. While the viewer is slow, nothing queues up: what changed in the
    /// meantime is sent once, as it is then.
    /// </summary>
    public async Task SendUpdatesAsync(CancellationToken cancellationToken)
    {
        for (var sent = 0L; ; sent = _time.GetTimestamp())
        {
            var room = await WaitForTurnAsync(cancellationToken);
            if (_encoder.IsIdle && !_refuseSize)
            {
                await _subscription.WaitAsync(cancellationToken);
                if (sent != 0 && _options.UpdateInterval - _time.GetElapsedTime(sent) is { Ticks: > 0 } early)
                {
                    await Task.Delay(early, _time, cancellationToken);
                }
            }

            await _writing.WaitAsync(cancellationToken);
            try
            {
                await SendUpdateAsync(room, cancellationToken);
            }
            finally
            {
                _writing.Release();
            }
        }
    }

    /// <summary>Fewer colours for a slow link; the screen is sent anew.</summary>
    public void UseLowColour(bool low)
    {
        Change(() => _encoder.UseLowColour(low));
        _subscription.MarkAll();
    }

    public ValueTask BellAsync(CancellationToken cancellationToken) => SendAsync(new byte[] { 2 }, cancellationToken);

    /// <summary>The asset's clipboard: Latin-1, at most <see cref="RfbLimits.MaxText"/>.</summary>
    public ValueTask SendTextAsync(string text, CancellationToken cancellationToken)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var length = Math.Min(bytes.Length, RfbLimits.MaxText);
        var message = new byte[8 + length];
        message[0] = 3;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), length);
        bytes.AsSpan(0, length).CopyTo(message.AsSpan(8));
        return SendAsync(message, cancellationToken);
    }

    /// <summary>Not before both loops have ended.</summary>
    public ValueTask DisposeAsync()
    {
        _subscription.Dispose();
        _encoder.Dispose();
        _buffer.Dispose();
        _reader.Dispose();
        _writing.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask HandleAsync(ViewerMessage message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case ViewerMessage.SetPixelFormat { Format: { TrueColour: true } format }:
                Change(() => _encoder.Use(format));
                break;
            case ViewerMessage.SetPixelFormat:
                throw new RfbFailureException(RfbFailureKind.Unsupported, "The viewer asks for a colour map; it must take true colour.");
            case ViewerMessage.SetEncodings { Encodings: var encodings }:
                await UseAsync(encodings, cancellationToken);
                break;
            case ViewerMessage.UpdateRequest { Incremental: var incremental }:
                if (!incremental)
                {
                    _subscription.MarkAll();
                }

                lock (_lock)
                {
                    _requested = true;
                    if (!_fences)
                    {
                        _flow.Confirmed(ulong.MaxValue);
                    }

                    _turn.TrySetResult();
                }

                break;
            case ViewerMessage.ContinuousUpdates { Enabled: var enabled }:
                await SetContinuousAsync(enabled, cancellationToken);
                break;
            case ViewerMessage.Fence { Flags: var flags, Payload: var payload }:
                await HandleAsync(flags, payload, cancellationToken);
                break;
            case ViewerMessage.SetDesktopSize:
                lock (_lock)
                {
                    _refuseSize = true;
                    _turn.TrySetResult();
                }

                break;
        }
    }

    private async ValueTask UseAsync(IReadOnlySet<int> encodings, CancellationToken cancellationToken)
    {
        Change(() => _encoder.Use(encodings));
        bool sayContinuous;
        lock (_lock)
        {
            _fences = encodings.Contains(RfbEncoding.Fence);
            sayContinuous = _fences && encodings.Contains(RfbEncoding.ContinuousUpdates) && !_saidContinuous;
            _saidContinuous |= sayContinuous;
        }

        if (sayContinuous)
        {
            // EndOfContinuousUpdates is how a server says that it knows them.
            await SendAsync(new byte[] { 150 }, cancellationToken);
        }
    }

    private async ValueTask SetContinuousAsync(bool enabled, CancellationToken cancellationToken)
    {
        bool ended;
        lock (_lock)
        {
            ended = _continuous && !enabled;

            // Without fences a slow link would fill with old pictures.
            _continuous = enabled && _fences;
            _turn.TrySetResult();
        }

        if (ended)
        {
            await SendAsync(new byte[] { 150 }, cancellationToken);
        }
    }

    private async ValueTask HandleAsync(uint flags, byte[] payload, CancellationToken cancellationToken)
    {
        if ((flags & FenceRequest) != 0)
        {
            // Messages are answered in their order, so both kinds of blocking hold by themselves.
            await SendAsync(Fence(flags & FenceFlags, payload), cancellationToken);
        }
        else if (payload.Length == sizeof(ulong))
        {
            lock (_lock)
            {
                _flow.Confirmed(BinaryPrimitives.ReadUInt64BigEndian(payload));
                _turn.TrySetResult();
            }
        }
    }

    // Settings of the encoder change between two updates, never within one.
    private void Change(Action setting)
    {
        lock (_lock)
        {
            _settings += setting;
        }
    }

    // Waits until the viewer may be sent something. Returns how much.
    private async ValueTask<int> WaitForTurnAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task turn;
            lock (_lock)
            {
                if (_refuseSize || (_requested && !_continuous && _flow.Room > 0))
                {
                    return PartLength;
                }

                if (_continuous && _flow.Room is > 0 and var room)
                {
                    return Math.Min(room, PartLength);
                }

                _turn = _turn.Task.IsCompleted ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : _turn;
                turn = _turn.Task;
            }

            await turn.WaitAsync(cancellationToken);
        }
    }

    private async ValueTask SendUpdateAsync(int room, CancellationToken cancellationToken)
    {
        Action? settings;
        bool refuseSize;
        lock (_lock)
        {
            (settings, _settings) = (_settings, null);
            (refuseSize, _refuseSize) = (_refuseSize, false);
        }

        settings?.Invoke();
        if (refuseSize)
        {
            _encoder.WriteSizeRefusal();
            await _transport.WriteAsync(_buffer.Written, cancellationToken);
        }
        else if (_encoder.Write(room))
        {
            byte[]? fence = null;
            lock (_lock)
            {
                _requested = false;
                var number = _flow.Sent(_buffer.Count);
                fence = _fences ? Fence(FenceRequest | 1, number) : null;
            }

            if (fence is not null)
            {
                // In one message with the update.
                _buffer.Write(fence);
            }

            await _transport.WriteAsync(_buffer.Written, cancellationToken);
        }
    }

    private async ValueTask SendAsync(byte[] message, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _transport.WriteAsync(message, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static byte[] Fence(uint flags, ulong number)
    {
        var payload = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(payload, number);
        return Fence(flags, payload);
    }

    private static byte[] Fence(uint flags, byte[] payload)
    {
        var message = new byte[9 + payload.Length];
        message[0] = 248;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), flags);
        message[8] = (byte)payload.Length;
        payload.CopyTo(message, 9);
        return message;
    }
}
