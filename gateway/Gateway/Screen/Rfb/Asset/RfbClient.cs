using System.Net.Sockets;
using Sallyport.Gateway.Screen.Rfb.Decoding;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <summary>
/// The gateway as the client of an asset's VNC server (RFC 6143). One caller reads in a loop, which also asks for the updates;
/// input may be sent by anybody at any time. Whatever goes wrong with the asset is an <see cref="RfbFailureException"/>.
/// </summary>
public sealed class RfbClient : IAsyncDisposable
{
    private const byte FramebufferUpdate = 0;
    private const byte SetColourMapEntries = 1;
    private const byte Bell = 2;
    private const byte ServerCutText = 3;
    private const byte ClientCutText = 6;

    private readonly RfbTransport _transport;
    private readonly DecodingContext _context;
    private readonly UpdateDecoder _updates;
    private readonly UpdatePacing _pacing;
    private readonly ClipboardExchange _clipboard = new(ClientCutText);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private Task? _reading;
    private bool _mustAsk = true;
    private volatile bool _askForAll = true;

    private RfbClient(RfbTransport transport, ServerDescription server, RfbClientOptions options, ScreenShadow? screen, TimeProvider time)
    {
        _transport = transport;
        (Name, Version, Security) = (server.Name, server.Version, server.Security);
        Screen = screen ?? new ScreenShadow(server.Width, server.Height, options.MaxPixels);
        Screen.Resize(server.Width, server.Height);
        _context = new DecodingContext(transport.Reader, Screen, time) { Format = options.AskedFormat ?? server.Format };
        _updates = new UpdateDecoder(_context);
        _pacing = new UpdatePacing(options.UpdateInterval, time);
    }

    public ScreenShadow Screen { get; }

    /// <summary>What the asset calls itself, cleaned.</summary>
    public string Name { get; }

    /// <summary>The protocol version that the asset announced, such as "003.008".</summary>
    public string Version { get; }

    /// <summary>How the gateway signed in and whether that was encrypted, for the evidence.</summary>
    public string Security { get; }

    /// <summary>What pixels come as.</summary>
    public PixelFormat Format => _context.Format;

    /// <summary>Bytes from the asset since the beginning, without TLS.</summary>
    public long Received => _transport.Reader.Received;

    /// <summary>Signs in and learns the screen's size. The transport belongs to the client from here on, also when this fails.</summary>
    /// <param name="screen">The shadow of an earlier connection to the same asset, which is over: whoever it is shown to sees it go on.</param>
    /// <exception cref="RfbFailureException">It did not come about, with the message for whoever must act.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static async Task<RfbClient> ConnectAsync(Stream transport, RfbClientOptions options, TimeProvider time, CancellationToken cancellationToken, ScreenShadow? screen = null)
    {
        var connection = new RfbTransport(transport);
        using var limit = new CancellationTokenSource(options.HandshakeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var server = await new RfbHandshake(connection, options).RunAsync(either.Token);
            var client = new RfbClient(connection, server, options, screen, time);
            if (options.AskedFormat is { } format)
            {
                await connection.SendAsync(ClientMessages.SetPixelFormat(format), either.Token);
            }

            if (options.Encodings.Count > 0)
            {
                await connection.SendAsync(ClientMessages.SetEncodings(options.Encodings), either.Token);
            }

            return client;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            if (Failure(e, connection.Reader.Part) is { } failure)
            {
                throw new RfbFailureException(failure, e);
            }

            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new RfbFailureException(
                    new RfbFailure(RfbFailureKind.TimedOut, $"The asset did not finish {connection.Reader.Part} within {options.HandshakeTimeout.TotalSeconds:0} seconds. It may be waiting for somebody at the panel to allow the connection."), e);
            }

            throw;
        }
    }

    /// <summary>Waits for the next thing that the asset says, and asks for updates in the meantime. One call at a time; after a cancelled one the client is of no further use.</summary>
    /// <exception cref="RfbFailureException">The connection ended or the asset broke the protocol; then the client is of no further use.</exception>
    public async ValueTask<RfbEvent> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await WaitAsync(cancellationToken);
                switch (_transport.Reader.TakeByte())
                {
                    case FramebufferUpdate:
                        // Asked now, the asset makes its next picture while this one is decoded; asked afterwards, it would often miss a beat of its own.
                        var early = _pacing.IsLively && !_askForAll;
                        if (early)
                        {
                            await AskAsync(cancellationToken);
                        }

                        var changed = await _updates.DecodeAsync(cancellationToken);
                        (_askForAll, _updates.Resized, _mustAsk) = (_askForAll || _updates.Resized, false, !early || _updates.Resized);
                        _pacing.Answered(changed);
                        return new RfbEvent(RfbEventKind.Screen, changed);
                    case SetColourMapEntries:
                        await ReadColoursAsync(cancellationToken);
                        break;
                    case Bell:
                        return new RfbEvent(RfbEventKind.Bell);
                    case ServerCutText:
                        if (await ReadTextAsync(cancellationToken) is { } text)
                        {
                            return new RfbEvent(RfbEventKind.CutText, Text: text);
                        }

                        break;
                    case var unknown:
                        throw RfbFailureException.Malformed($"a message of type {unknown}, which is not in use");
                }
            }
        }
        catch (Exception e) when (e is not RfbFailureException && Failure(e, _transport.Reader.Part) is { } failure)
        {
            throw new RfbFailureException(failure, e);
        }
    }

    /// <summary>Sends a key or the pointer. Coordinates are the screen's own; beyond its edge, which a viewer may not know yet, the edge is meant.</summary>
    /// <exception cref="RfbFailureException">The connection has ended.</exception>
    public ValueTask SendAsync(ScreenInput input, CancellationToken cancellationToken)
    {
        _pacing.Hurry();
        var frame = Screen.Frame;
        return WriteAsync(ClientMessages.Input(input with { X = (ushort)Math.Min(input.X, frame.Width - 1), Y = (ushort)Math.Min(input.Y, frame.Height - 1) }), cancellationToken);
    }

    /// <summary>Gives the asset a clipboard of at most <see cref="RfbLimits.MaxText"/>; a server that does not know better gets Latin-1.</summary>
    /// <exception cref="RfbFailureException">The connection has ended.</exception>
    public ValueTask SendTextAsync(string text, CancellationToken cancellationToken) => WriteAsync(_clipboard.Offer(text), cancellationToken);

    /// <summary>Asks for one pixel, changed or not: whoever answers is there, and what was shown before is what is there now.</summary>
    /// <exception cref="RfbFailureException">The connection has ended.</exception>
    public ValueTask ProbeAsync(CancellationToken cancellationToken) => WriteAsync(ClientMessages.UpdateRequest(false, 1, 1), cancellationToken);

    /// <summary>The next request asks for the whole screen, changed or not.</summary>
    public void Refresh()
    {
        _askForAll = true;
        _pacing.Hurry();
    }

    /// <summary>Not before the last <see cref="ReadAsync"/> has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync();
        if (_reading is { } reading)
        {
            // It ends with the transport; what it says of that is of no interest.
            await Task.WhenAny(reading);
        }

        _updates.Dispose();
    }

    // Waits for a byte, and asks for an update when its time has come. A request that is due does not wait for the byte.
    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        var reader = _transport.Reader;
        reader.Part = "the session";
        while (_mustAsk)
        {
            if (_pacing.Remaining <= TimeSpan.Zero)
            {
                await AskAsync(cancellationToken);
            }
            else if (_reading is null && reader.Buffered.Length > 0)
            {
                return;
            }
            else
            {
                _reading ??= reader.EnsureAsync(1, cancellationToken).AsTask();
                if (await Task.WhenAny(_reading, _pacing.DelayAsync(cancellationToken)) == _reading)
                {
                    break;
                }

                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        if (_reading is { } reading)
        {
            await reading;
            _reading = null;
            return;
        }

        await reader.EnsureAsync(1, cancellationToken);
    }

    private async ValueTask AskAsync(CancellationToken cancellationToken)
    {
        var frame = Screen.Frame;
        var all = _askForAll;
        (_mustAsk, _askForAll) = (false, false);
        _pacing.Asked();
        await WriteAsync(ClientMessages.UpdateRequest(!all, frame.Width, frame.Height), cancellationToken);
    }

    private async ValueTask WriteAsync(byte[] message, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _transport.SendAsync(message, cancellationToken);
        }
        catch (Exception e) when (Failure(e, "sending") is { } failure)
        {
            throw new RfbFailureException(failure, e);
        }
        finally
        {
            _writing.Release();
        }
    }

    // RFC 6143, section 7.6.2.
    private async ValueTask ReadColoursAsync(CancellationToken cancellationToken)
    {
        var reader = _transport.Reader;
        reader.Part = "the colour map";
        await reader.EnsureAsync(5, cancellationToken);
        reader.Advance(1);
        var (first, count) = (reader.TakeUInt16(), reader.TakeUInt16());
        if (first + count > 256)
        {
            throw RfbFailureException.Malformed($"colours {first} to {first + count - 1} of a map of 256");
        }

        for (var i = first; i < first + count; i++)
        {
            await reader.EnsureAsync(6, cancellationToken);
            _context.SetColour(i, ScreenFrame.Opaque | (uint)(reader.TakeUInt16() >> 8 << 16) | (uint)(reader.TakeUInt16() >> 8 << 8) | (uint)(reader.TakeUInt16() >> 8));
        }

        if (!_context.Format.TrueColour)
        {
            // What is painted already has the colours of the old map, and the server thinks that it changed with the new one.
            _context.Convert();
            (_askForAll, _mustAsk) = (true, true);
        }
    }

    // Null: the asset only said something about its clipboard.
    private async ValueTask<string?> ReadTextAsync(CancellationToken cancellationToken)
    {
        _transport.Reader.Part = "the clipboard";
        var (text, answer) = await _clipboard.ReadAsync(_transport.Reader, cancellationToken);
        if (answer is not null)
        {
            await WriteAsync(answer, cancellationToken);
        }

        return text;
    }

    private static RfbFailure? Failure(Exception e, string part) => e switch
    {
        RfbFailureException known => known.Failure,
        IOException { InnerException: SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable } } =>
            new RfbFailure(RfbFailureKind.Vanished, "The asset no longer answers, and it did not hang up. Was it switched off, or is the plant's link down?"),
        IOException or ObjectDisposedException => new RfbFailure(RfbFailureKind.Closed, $"The connection was lost during {part}."),
        _ => null,
    };
}
