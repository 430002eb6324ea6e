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
}
