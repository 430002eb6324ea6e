using System.Net;
using System.Net.Http.Headers;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web;

namespace Sallyport.Gateway.Tests.Web.Forwarding;

/// <summary>What a browser keeps of an asset's texts and files, and asks about later.</summary>
public sealed class ValidatorTests : IAsyncLifetime
{
    private const string Body = "0123456789";
    private WebGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await WebGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_text_that_is_rewritten_is_not_resumed_but_asked_about_as_ever()
    {
        await using var asset = Asset("text/html");
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var first = await browser.GetAsync("/page");
        var tag = first.Headers.ETag!;
        Assert.Equal((false, "none"), (tag.IsWeak, Assert.Single(first.Headers.AcceptRanges)));
        Assert.NotEqual("\"5\"", tag.Tag);

        using var unchanged = await browser.GetAsync("/page", r => r.Headers.IfNoneMatch.Add(tag));
        Assert.Equal((HttpStatusCode.NotModified, tag), (unchanged.StatusCode, unchanged.Headers.ETag));
        using var resumed = await browser.GetAsync("/page", r =>
        {
            r.Headers.Range = new RangeHeaderValue(5, null);
            r.Headers.IfRange = new RangeConditionHeaderValue(tag);
        });
        Assert.Equal((HttpStatusCode.OK, Body), (resumed.StatusCode, await resumed.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_write_that_depends_on_what_was_read_finds_the_assets_own_tag()
    {
        await using var asset = Asset("application/json");
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var read = await browser.GetAsync("/recipe");
        using var written = await browser.PostAsync("/recipe", new StringContent("{}"), r => r.Headers.IfMatch.Add(read.Headers.ETag!));
        Assert.Equal(HttpStatusCode.OK, written.StatusCode);
        Assert.Contains("\r\nIf-Match: \"5\"\r\n", Assert.Single(asset.Requests, r => r.StartsWith("POST", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image/png", "", true)]
    [InlineData("text/csv", "Content-Disposition: attachment; filename=trend.csv\r\n", true)]
    [InlineData("text/html", "", false)] // where the service rewrites nothing
    public async Task What_is_not_changed_is_resumed(string type, string header, bool rewrites)
    {
        await using var asset = Asset(type, header);
        using var browser = await _gateway.ConnectAsync(asset.Port, o => o with { Policy = new WebPolicy { RewriteBodies = rewrites } });
        using var whole = await browser.GetAsync("/file");
        Assert.Equal(("\"5\"", "bytes"), (whole.Headers.ETag?.Tag, Assert.Single(whole.Headers.AcceptRanges)));

        using var rest = await browser.GetAsync("/file", r =>
        {
            r.Headers.Range = new RangeHeaderValue(5, null);
            r.Headers.IfRange = new RangeConditionHeaderValue(whole.Headers.ETag!);
        });
        Assert.Equal((HttpStatusCode.PartialContent, Body[5..]), (rest.StatusCode, await rest.Content.ReadAsStringAsync()));
        Assert.Equal(new ContentRangeHeaderValue(5, 9, 10), rest.Content.Headers.ContentRange);
    }

    [Fact]
    public async Task A_file_that_is_compressed_on_the_way_has_other_bytes_than_its_parts()
    {
        await using var asset = Asset("text/csv", "Content-Disposition: attachment\r\n");
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var packed = await browser.GetAsync("/file", r => r.Headers.AcceptEncoding.ParseAdd("gzip"));
        Assert.Equal((true, "none"), (packed.Headers.ETag!.Tag != "\"5\"", Assert.Single(packed.Headers.AcceptRanges)));
    }

    [Fact]
    public async Task A_weak_tag_says_nothing_of_bytes_and_stays()
    {
        await using var asset = Asset("text/html", tag: "W/\"5\"");
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var answer = await browser.GetAsync("/page");
        Assert.Equal("W/\"5\"", answer.Headers.ETag?.ToString());
        using var unchanged = await browser.GetAsync("/page", r => r.Headers.IfNoneMatch.Add(answer.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    // As simple servers do it: tags are compared as strings.
    private static RawAsset Asset(string type, string header = "", string tag = "\"5\"") => new(head =>
        head.Contains($"\r\nIf-None-Match: {tag}\r\n", StringComparison.Ordinal) ? $"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n"
        : head.Contains("\r\nRange: bytes=5-\r\n", StringComparison.Ordinal) && head.Contains($"\r\nIf-Range: {tag}\r\n", StringComparison.Ordinal)
            ? $"HTTP/1.1 206 Partial Content\r\nContent-Type: {type}\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10\r\nETag: {tag}\r\n{header}\r\n{Body[5..]}"
            : $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: 10\r\nAccept-Ranges: bytes\r\nETag: {tag}\r\n{header}\r\n{Body}");
}
