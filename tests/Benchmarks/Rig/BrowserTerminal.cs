using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text.Json;
using Sallyport.Contracts.Links;

namespace Sallyport.Benchmarks.Rig;

/// <summary>
/// The browser's side of docs/session-protocol.md, without a browser: numbers its input, and acknowledges output as
/// portal/client/terminal/link.ts does, every 64 KiB or after 100 ms.
/// </summary>
internal sealed class BrowserTerminal : IAsyncDisposable
{
    private const int AckBytes = 64 * 1024;
    private static readonly TimeSpan AckEvery = TimeSpan.FromMilliseconds(100);

    private readonly ClientWebSocket _socket;
    private readonly byte[] _message = new byte[128 * 1024];
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Timer _ackTimer;
    private long _received;
    private long _acknowledged;
    private long _sent;
    private bool _ackDue;

    private BrowserTerminal(ClientWebSocket socket)
    {
        _socket = socket;
        _ackTimer = new Timer(_ => _ = AcknowledgeLateAsync());
    }

    private enum Type : byte
    {
        Open = 0x00,
        Input = 0x01,
        Ack = 0x03,
        Opened = 0x10,
        Output = 0x11,
    }

    /// <exception cref="InvalidOperationException">The gateway refused; the message says why.</exception>
    public static async Task<BrowserTerminal> OpenAsync(Uri gateway, string certificatePin, string origin, string ticket, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, errors) => PinnedCertificate.Accepts(certificate, errors, certificatePin);
        await socket.ConnectAsync(gateway, cancellationToken);
        var terminal = new BrowserTerminal(socket);
        await terminal.SendAsync((byte[])[(byte)Type.Open, .. JsonSerializer.SerializeToUtf8Bytes(new { ticket, cols = 80, rows = 24 }, LinkJson.Options)], cancellationToken);
        var (type, body) = await terminal.NextAsync(cancellationToken);
        return type == Type.Opened ? terminal : throw new InvalidOperationException($"The gateway said {type}: {System.Text.Encoding.UTF8.GetString(body.Span)}");
    }

    public async ValueTask TypeAsync(ReadOnlyMemory<byte> keys, CancellationToken cancellationToken)
    {
        var message = new byte[9 + keys.Length];
        message[0] = (byte)Type.Input;
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(1), _sent);
        keys.CopyTo(message.AsMemory(9));
        _sent += keys.Length;
        await SendAsync(message, cancellationToken);
    }

    /// <summary>The next output; valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var (type, body) = await NextAsync(cancellationToken);
            if (type == Type.Output)
            {
                _received += body.Length - 8;
                await AcknowledgeAsync(cancellationToken);
                return body[8..];
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ackTimer.DisposeAsync();
        _socket.Abort();
        _socket.Dispose();
        _sending.Dispose();
    }

    private async ValueTask<(Type Type, ReadOnlyMemory<byte> Body)> NextAsync(CancellationToken cancellationToken)
    {
        for (var length = 0; ;)
        {
            var result = await _socket.ReceiveAsync(_message.AsMemory(length), cancellationToken);
            length += result.Count;
            if (result.MessageType == WebSocketMessageType.Close)
            {
                throw new InvalidOperationException("The gateway closed the link.");
            }

            if (result.EndOfMessage)
            {
                return ((Type)_message[0], _message.AsMemory(1, length - 1));
            }
        }
    }

    private async ValueTask AcknowledgeAsync(CancellationToken cancellationToken)
    {
        if (_received - _acknowledged >= AckBytes)
        {
            await SendAckAsync(cancellationToken);
        }
        else if (!_ackDue)
        {
            _ackDue = true;
            _ackTimer.Change(AckEvery, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task AcknowledgeLateAsync()
    {
        try
        {
            await SendAckAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException)
        {
            // Closed meanwhile.
        }
    }

    private ValueTask SendAckAsync(CancellationToken cancellationToken)
    {
        _ackDue = false;
        _acknowledged = _received;
        var message = new byte[9];
        message[0] = (byte)Type.Ack;
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(1), _acknowledged);
        return SendAsync(message, cancellationToken);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Binary, true, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }
}
