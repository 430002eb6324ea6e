using System.IO.Pipelines;
using System.Net.WebSockets;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Tests.Sessions;

public sealed class BrowserConnectionTests
{
    [Fact]
    public async Task The_answer_to_the_first_message_comes_before_any_output_however_early_there_is_some()
    {
        var (toBrowser, toGateway) = (new Pipe(), new Pipe());
        using var gateway = WebSocket.CreateFromStream(new DuplexStream(toGateway.Reader, toBrowser.Writer), new WebSocketCreationOptions { IsServer = true });
        using var browser = WebSocket.CreateFromStream(new DuplexStream(toBrowser.Reader, toGateway.Writer), new WebSocketCreationOptions());
        using var closed = new CancellationTokenSource();
        var connection = new BrowserConnection(gateway, closed);
        connection.Begin(new OneMessage([0x11, 1]));
        var sending = connection.SendLoopAsync();
        connection.Send([0x10]);

        var buffer = new byte[16];
        var first = await browser.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        var second = await browser.ReceiveAsync(buffer.AsMemory(first.Count), CancellationToken.None);
        connection.Close();
        await sending;

        Assert.Equal([0x10, 0x11, 1], buffer[..(first.Count + second.Count)]);
    }

    private sealed class OneMessage(byte[] message) : IBrowserStream
    {
        private bool _sent;

        public ReadOnlyMemory<byte> Next()
        {
            var next = _sent ? default : message.AsMemory();
            _sent = true;
            return next;
        }

        public Task MoreAsync() => Task.Delay(Timeout.Infinite);
    }

    private sealed class DuplexStream(PipeReader reader, PipeWriter writer) : Stream
    {
        private readonly Stream _in = reader.AsStream();
        private readonly Stream _out = writer.AsStream();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _in.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _out.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => _out.FlushAsync(cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
