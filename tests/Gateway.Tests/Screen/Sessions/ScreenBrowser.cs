using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.WebSockets;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Screen;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>What a session's page does with its WebSocket: messages as they come, and the RFB stream among them as a stream.</summary>
internal sealed class ScreenBrowser : IAsyncDisposable
{
    private const int MaxPart = 60 * 1024;

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _left = new();
    private readonly SemaphoreSlim _sending = new(1, 1);

    // So little that what the browser does not take stays at the gateway.
    private readonly Pipe _rfb = new(new PipeOptions(pauseWriterThreshold: 16 * 1024, resumeWriterThreshold: 8 * 1024));
    private Task _receiving = Task.CompletedTask;

    /// <summary>Types of all messages so far, in order; of the RFB stream, one for each of its parts.</summary>
    public ConcurrentQueue<byte> Types { get; } = new();

    public ConcurrentQueue<(byte Type, byte[] Body)> Messages { get; } = new();

    public bool IsClosed => _receiving.IsCompleted;

    public static async Task<ScreenBrowser> ConnectAsync(string origin, string path = "/screen")
    {
        var browser = new ScreenBrowser();
        browser._socket.Options.SetRequestHeader("Origin", origin);
        await browser._socket.ConnectAsync(new Uri(origin.Replace("http", "ws", StringComparison.Ordinal) + path), CancellationToken.None);
        browser._receiving = browser.ReceiveAsync();
        return browser;
    }

    public Task SayAsync<T>(byte type, T body) => SendAsync(SessionMessages.Json(type, body));

    public async Task SendAsync(byte[] message)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The session, once the gateway has opened it.</summary>
    public Task<OpenedMessage> OpenedAsync() => HeardAsync<OpenedMessage>(SessionMessages.Opened);

    /// <summary>The newest message of that type; waits for the first.</summary>
    public async Task<T> HeardAsync<T>(byte type, Func<T, bool>? which = null)
        where T : class
    {
        T? found = null;
        await ScreenGateway.UntilAsync(
            () => (found = Messages.Where(m => m.Type == type).Select(m => SessionMessages.Read<T>(m.Body)!).LastOrDefault(which ?? (_ => true))) is not null,
            $"a message of type {type:X2}");
        return found!;
    }

    /// <summary>The screen as VNC.</summary>
    public Stream Rfb() => new RfbStream(this);

    public Task<Follower> FollowAsync(RfbClientOptions? options = null) => Follower.ConnectAsync(Rfb(), options);

    /// <summary>As when a cable is pulled out: nothing is said.</summary>
    public void Vanish() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        _socket.Abort();
        await _receiving;
        _socket.Dispose();
        _left.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[1024 * 1024];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), _left.Token);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                Types.Enqueue(buffer[0]);
                if (buffer[0] == ScreenMessages.Rfb)
                {
                    await _rfb.Writer.WriteAsync(buffer.AsMemory(1, length - 1), _left.Token);
                }
                else
                {
                    Messages.Enqueue((buffer[0], buffer[1..length]));
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side hung up.
        }
        finally
        {
            await _rfb.Writer.CompleteAsync();
        }
    }

    private sealed class RfbStream(ScreenBrowser browser) : Stream
    {
        private readonly Stream _in = browser._rfb.Reader.AsStream(leaveOpen: true);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _in.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var at = 0; at < buffer.Length; at += MaxPart)
            {
                try
                {
                    await browser.SendAsync([ScreenMessages.Rfb, .. buffer.Slice(at, Math.Min(MaxPart, buffer.Length - at)).Span]);
                }
                catch (WebSocketException e)
                {
                    throw new IOException("The gateway hung up.", e);
                }
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
