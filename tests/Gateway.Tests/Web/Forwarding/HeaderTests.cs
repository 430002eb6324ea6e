using System.Net;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web.Forwarding;

/// <summary>Headers as old devices write them.</summary>
public sealed class HeaderTests : IAsyncLifetime
{
    private WebGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await WebGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_file_whose_name_is_not_ASCII_can_be_downloaded()
    {
        await using var asset = new RawAsset(_ => RawAsset.Ok("x", "Content-Disposition: attachment; filename=\"Übersicht.csv\"\r\n"));
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var response = await browser.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("x", await response.Content.ReadAsStringAsync());
        Assert.Contains("bersicht.csv", response.Content.Headers.ContentDisposition?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_of_the_browser_that_is_not_ASCII_reaches_the_asset_as_it_was()
    {
        await using var asset = new RawAsset();
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var response = await browser.GetAsync("/", request => request.Headers.TryAddWithoutValidation("X-Operator", "M\u00fcller"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("X-Operator: M\u00fcller", asset.Requests.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_that_the_asset_means_for_the_gateway_alone_stays_here()
    {
        await using var asset = new RawAsset(_ => RawAsset.Ok("hello", "Connection: keep-alive, X-Hop,X-Other-Hop\r\nX-Hop: 1\r\nX-Other-Hop: 1\r\nX-Kept: 1\r\n"));
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var response = await browser.GetAsync("/");

        Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        Assert.Equal((false, false, true), (response.Headers.Contains("X-Hop"), response.Headers.Contains("X-Other-Hop"), response.Headers.Contains("X-Kept")));
    }

    [Fact]
    public async Task A_header_of_a_socket_that_is_meant_for_the_gateway_alone_stays_here()
    {
        await using var asset = new RawAsset(_ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        using var browser = await _gateway.ConnectAsync(asset.Port);
        await RawHttp.SendAsync(
            _gateway.Port,
            $"GET /live HTTP/1.1\r\nHost: {new Uri(browser.Hmi).Authority}\r\nOrigin: {browser.Hmi}\r\nCookie: {browser.Cookies.GetCookieHeader(new Uri(browser.Hmi))}\r\nConnection: Upgrade, X-Hop\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nX-Hop: 1\r\nUser-Agent: kept\r\n\r\n");

        var head = Assert.Single(asset.Requests);
        Assert.DoesNotContain("X-Hop", head, StringComparison.Ordinal);
        Assert.Contains("\r\nUser-Agent: kept\r\n", head, StringComparison.Ordinal);
    }
}
