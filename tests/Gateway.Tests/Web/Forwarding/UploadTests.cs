using System.Net;
using System.Net.Sockets;
using System.Text;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web.Forwarding;

public sealed class UploadTests
{
    [Fact]
    public async Task The_asset_has_the_first_part_while_the_browser_still_sends()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(((IPEndPoint)listener.LocalEndpoint).Port);
        using (await listener.AcceptTcpClientAsync())
        {
            // That was the check before the session.
        }

        var firstPartIsThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var upload = browser.PostAsync("/project", new Parts(firstPartIsThere.Task));
        using var connection = await listener.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(20));
        var stream = connection.GetStream();
        await ReadUntilAsync(stream, "the first part");
        firstPartIsThere.SetResult();
        await ReadUntilAsync(stream, "and the rest");
        await stream.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray());
        using var answer = await upload;
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private static async Task ReadUntilAsync(NetworkStream stream, string text)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var (seen, buffer) = ("", new byte[4096]);
        while (!seen.Contains(text, StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, timeout.Token);
            Assert.True(count > 0, $"Only this came: {seen}");
            seen += Encoding.ASCII.GetString(buffer, 0, count);
        }
    }

    // The second part is sent only once the first has arrived.
    private sealed class Parts(Task firstPartIsThere) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // More than the few kilobytes that any stack gathers before it sends.
            await stream.WriteAsync(Encoding.ASCII.GetBytes("the first part".PadRight(100_000)));
            await stream.FlushAsync();
            await firstPartIsThere.WaitAsync(TimeSpan.FromSeconds(20));
            await stream.WriteAsync("and the rest"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
