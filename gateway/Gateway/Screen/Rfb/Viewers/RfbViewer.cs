using Sallyport.Gateway.Screen.Rfb.Shadow;

namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>
/// The gateway as the VNC server of one browser (RFC 6143; noVNC over a binary WebSocket). Two loops of the caller's drive it:
/// <see cref="ReadAsync"/> for what the viewer wants, <see cref="SendUpdatesAsync"/> for what it is shown. Whoever the viewer is
/// was settled before: the handshake asks for nothing.
/// </summary>
public sealed class RfbViewer : IAsyncDisposable
{
    private const byte ServerCutText = 3;
    private const byte EndOfContinuousUpdates = 150;

    private readonly Stream _transport;
    private readonly ClipboardExchange _clipboard = new(ServerCutText);
    private readonly ViewerMessages _messages;
    private readonly ScreenSubscription _subscription;
    private readonly UpdateBuffer _buffer = new();
    private readonly UpdateEncoder _encoder;
    private readonly ViewerState _wishes;
    private readonly RfbViewerOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private bool _saidClipboard;

    private RfbViewer(Stream transport, RfbReader reader, ScreenShadow screen, ScreenSubscription subscription, RfbViewerOptions options, TimeProvider time)
    {
        (_transport, _options, _time, _subscription) = (transport, options, time, subscription);
        _messages = new ViewerMessages(reader, _clipboard);
        _encoder = new UpdateEncoder(screen, _subscription, _buffer);
        _wishes = new ViewerState(time);
    }

    /// <summary>
    /// How long the oldest picture that the viewer has not confirmed is on its way; null: it has confirmed all. Viewers that know fences
    /// (noVNC does) confirm each; for others it is the time since the last update that they have not followed by a request.
    /// </summary>
    public TimeSpan? Unconfirmed => _wishes.Unconfirmed;

    /// <summary>Greets a viewer and describes the screen. The transport stays the caller's.</summary>
    /// <exception cref="RfbFailureException">It is no RFB 3.8 client, or hung up.</exception>
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
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new RfbFailureException(new RfbFailure(RfbFailureKind.TimedOut, "The viewer did not finish its greeting in time."), e);
            }

            throw;
        }
    }

    /// <summary>The next key, pointer event or clipboard. What concerns only the picture is dealt with on the way.</summary>
    /// <exception cref="RfbFailureException">The viewer hung up (<see cref="RfbFailureKind.Closed"/>) or broke the protocol.</exception>
    /// <exception cref="IOException">The transport failed.</exception>
    public async ValueTask<ViewerEvent> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await _messages.ReadAsync(cancellationToken);
            if (message is ViewerMessage.Wanted wanted)
            {
                return wanted.Event;
            }

            if (Handle(message) is { } answer)
            {
                await SendAsync(answer, cancellationToken);
            }
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
            var (room, isAnswer) = await _wishes.WaitAsync(cancellationToken);
            if (_encoder.IsIdle && !isAnswer)
            {
                await WaitForNewsAsync(cancellationToken);
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

    /// <summary>Some of what the viewer shows has fewer colours than the asset's screen.</summary>
    public bool IsReduced => _encoder.IsReduced;

    /// <summary>From the next change on; what has fewer colours than it should comes again by and by.</summary>
    public void Use(ViewerColours colours) => _wishes.Use(colours);

    public ValueTask BellAsync(CancellationToken cancellationToken) => SendAsync([2], cancellationToken);

    /// <summary>The asset's clipboard, at most <see cref="RfbLimits.MaxText"/>; a viewer that does not know better gets Latin-1.</summary>
    public ValueTask SendTextAsync(string text, CancellationToken cancellationToken) => SendAsync(_clipboard.Offer(text), cancellationToken);

    /// <summary>Not before both loops have ended.</summary>
    public ValueTask DisposeAsync()
    {
        _subscription.Dispose();
        _encoder.Dispose();
        return ValueTask.CompletedTask;
    }

    // Ends with a change; or, when there is none for a while and the link is idle, with something to send again in all colours.
    private async ValueTask WaitForNewsAsync(CancellationToken cancellationToken)
    {
        var change = _subscription.WaitAsync(cancellationToken);
        for (var isStill = _encoder.IsRestoring; !change.IsCompleted && _encoder.IsReduced; isStill = _wishes.Unconfirmed is null)
        {
            if (isStill && _wishes.Colours != ViewerColours.Low)
            {
                return;
            }

            await Task.WhenAny(change, Task.Delay(_options.RestoreAfter, _time, cancellationToken));
        }

        await change;
    }

    // Returns what is to be answered at once.
    private byte[]? Handle(ViewerMessage message)
    {
        switch (message)
        {
            case ViewerMessage.SetPixelFormat { Format: var format }:
                if (!format.TrueColour)
                {
                    throw new RfbFailureException(RfbFailureKind.Unsupported, "The viewer asks for a colour map; it must take true colour.");
                }

                _wishes.Use(format);
                return null;
            case ViewerMessage.SetEncodings { Encodings: var encodings }:
                // EndOfContinuousUpdates is also how a server says that it knows them.
                byte[] known = [.. _wishes.Use(encodings) ? [EndOfContinuousUpdates] : Array.Empty<byte>(), .. SayClipboard(encodings) ? _clipboard.Capabilities() : []];
                return known is [] ? null : known;
            case ViewerMessage.Answered { Answer: var answer }:
                return answer;
            case ViewerMessage.UpdateRequest { Incremental: var incremental }:
                if (!incremental)
                {
                    _subscription.MarkAll();
                }

                _wishes.Request();
                return null;
            case ViewerMessage.ContinuousUpdates { Enabled: var enabled }:
                return _wishes.SetContinuous(enabled) ? [EndOfContinuousUpdates] : null;
            case ViewerMessage.FenceMessage { Flags: var flags, Payload: var payload }:
                if (Fence.Confirmed(flags, payload) is { } number)
                {
                    _wishes.Confirm(number);
                }

                return Fence.Answer(flags, payload);
            case ViewerMessage.SetDesktopSize:
                _wishes.RefuseSize();
                return null;
            default:
                return null;
        }
    }

    // Once: a viewer answers, and may name its encodings as often as it likes.
    private bool SayClipboard(IReadOnlySet<int> encodings)
    {
        var say = !_saidClipboard && encodings.Contains(RfbEncoding.ExtendedClipboard);
        _saidClipboard |= say;
        return say;
    }

    private async ValueTask SendUpdateAsync(int room, CancellationToken cancellationToken)
    {
        if (_wishes.Apply(_encoder))
        {
            _encoder.WriteSizeRefusal();
        }
        else if (!_encoder.Write(room))
        {
            return;
        }
        else if (_wishes.Sent(_buffer.Count) is { } number)
        {
            // In one message with the update.
            _buffer.Write(Fence.Ask(number));
        }

        await _transport.WriteAsync(_buffer.Written, cancellationToken);
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
}
