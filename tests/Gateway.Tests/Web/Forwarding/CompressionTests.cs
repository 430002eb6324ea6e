using System.IO.Compression;
using System.Net;
using System.Text;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web.Forwarding;

/// <summary>What the browser loads of an asset that does not compress, or whose pages are rewritten.</summary>
public sealed class CompressionTests : IAsyncLifetime
{
    private const string Rows = "<tr><td>Pump 3</td><td>running</td></tr>";
    private WebGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await WebGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task A_page_reaches_a_browser_that_can_open_it_compressed_and_rewritten(string encoding)
    {
        RawAsset asset = null!;
        await using (asset = new RawAsset(_ => RawAsset.Ok($"<a href='http://127.0.0.1:{asset.Port}/pumps'>{string.Concat(Enumerable.Repeat(Rows, 500))}")))
        {
            using var browser = await _gateway.ConnectAsync(asset.Port);
            using var response = await GetAsync(browser, encoding);

            Assert.Equal([encoding], response.Content.Headers.ContentEncoding);
            Assert.Contains("Accept-Encoding", response.Headers.Vary);
            var packed = await response.Content.ReadAsByteArrayAsync();
            Assert.InRange(packed.Length, 1, 2_000);
            using Stream opened = encoding == "br" ? new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress) : new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
            using var text = new StreamReader(opened, Encoding.UTF8);
            Assert.StartsWith($"<a href='{browser.Hmi}/pumps'>{Rows}", await text.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("image/png", "br")]
    [InlineData("text/event-stream", "br")]
    [InlineData("text/html", "identity")]
    public async Task Pictures_event_streams_and_what_the_browser_cannot_open_go_as_they_are(string type, string encoding)
    {
        await using var asset = new RawAsset(_ => RawAsset.Ok(Rows).Replace("text/html", type, StringComparison.Ordinal));
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var response = await GetAsync(browser, encoding);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Equal(Rows, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_page_that_comes_in_parts_is_seen_part_by_part()
    {
        // The asset promises more than it sends, and keeps the connection.
        await using var asset = new RawAsset(_ => $"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n{Rows}");
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var response = await browser.SendAsync(HttpMethod.Get, "/", change: r => r.Headers.AcceptEncoding.ParseAdd("gzip"));

        await using var opened = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        var first = new byte[Rows.Length / 2];
        await opened.ReadExactlyAsync(first).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(Rows[..first.Length], Encoding.ASCII.GetString(first));
    }

    private static Task<HttpResponseMessage> GetAsync(WebBrowser browser, string encoding) => browser.GetAsync("/", request => request.Headers.AcceptEncoding.ParseAdd(encoding));
}
