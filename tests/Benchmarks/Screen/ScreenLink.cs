using System.Net.WebSockets;
using System.Text.Json;
using Sallyport.Benchmarks.Rig;
using Sallyport.Contracts.Links;

namespace Sallyport.Benchmarks.Screen;

/// <summary>An RFB stream in a binary WebSocket: bare, as websockify has it, or within the messages of docs/session-protocol.md.</summary>
internal sealed class ScreenLink : IDisposable
{
    private const byte Open = 0x00;
    private const byte End = 0x04;
    private const byte Refused = 0x16;
    private const byte Rfb = 0x20;

    private readonly ClientWebSocket _socket;
    private readonly bool _framed;
    private readonly byte[] _other = new byte[64 * 1024];
    private bool _inRfb;

    private ScreenLink(ClientWebSocket socket, bool framed) => (_socket, _framed) = (socket, framed);

    public static async Task<ScreenLink> ToWebsockifyAsync(int port, CancellationToken cancellationToken)
    {
        var socket = NewSocket();
        socket.Options.AddSubProtocol("binary");
        await socket.ConnectAsync(new Uri($"wss://127.0.0.1:{port}/"), cancellationToken);
        return new ScreenLink(socket, framed: false);
    }

    /// <exception cref="InvalidOperationException">The gateway refused; the message says why.</exception>
    public static async Task<ScreenLink> ToGatewayAsync(int port, string ticket, CancellationToken cancellationToken)
    {
        var socket = NewSocket();
        socket.Options.SetRequestHeader("Origin", ScriptedPortal.Origin);
        await socket.ConnectAsync(new Uri($"wss://127.0.0.1:{port}/screen"), cancellationToken);
        await socket.SendAsync((byte[])[Open, .. JsonSerializer.SerializeToUtf8Bytes(new { ticket }, LinkJson.Options)], WebSocketMessageType.Binary, true, cancellationToken);
        return new ScreenLink(socket, framed: true);
    }

    public Task SendAsync(byte[] rfb, CancellationToken cancellationToken) =>
        _socket.SendAsync(_framed ? (byte[])[Rfb, .. rfb] : rfb, WebSocketMessageType.Binary, true, cancellationToken);

    /// <summary>Some bytes of the stream, at least one.</summary>
    public async ValueTask<int> ReceiveAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_framed || _inRfb)
            {
                var part = await _socket.ReceiveAsync(target, cancellationToken);
                _inRfb = !part.EndOfMessage;
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    throw new InvalidOperationException("The screen's link was closed.");
                }

                if (part.Count > 0)
                {
                    return part.Count;
                }
            }
            else
            {
                await BeginMessageAsync(cancellationToken);
            }
        }
    }

    /// <summary>Ends a session of the gateway.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_framed && _socket.State == WebSocketState.Open)
        {
            await _socket.SendAsync(new[] { End }, WebSocketMessageType.Binary, true, cancellationToken);
        }
    }

    public void Dispose()
    {
        _socket.Abort();
        _socket.Dispose();
    }

    private static ClientWebSocket NewSocket()
    {
        var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        return socket;
    }

    // Reads a message's first byte, and all of one that is no RFB.
    private async ValueTask BeginMessageAsync(CancellationToken cancellationToken)
    {
        var type = await _socket.ReceiveAsync(_other.AsMemory(0, 1), cancellationToken);
        if (type.MessageType == WebSocketMessageType.Close)
        {
            throw new InvalidOperationException("The gateway closed the screen's link.");
        }

        if (_other[0] == Rfb)
        {
            _inRfb = !type.EndOfMessage;
            return;
        }

        var (length, ended) = (1, type.EndOfMessage);
        while (!ended)
        {
            var part = await _socket.ReceiveAsync(_other.AsMemory(length), cancellationToken);
            (length, ended) = (length + part.Count, part.EndOfMessage);
        }

        if (_other[0] == Refused)
        {
            throw new InvalidOperationException($"The gateway refused: {System.Text.Encoding.UTF8.GetString(_other.AsSpan(1, length - 1))}");
        }
    }
}
