using System.Net;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web.Forwarding;

/// <summary>Headers as old devices write them.</summary>
public sealed class HeaderTests : IAsyncLifetime
{
    private WebGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await WebGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("\u00dcbersicht.csv")] // Latin-1
    [InlineData("\u00c3\u009cbersicht.csv")] // UTF-8, byte by byte
    public async Task A_file_whose_name_is_not_ASCII_can_be_downloaded(string name)
    {
        await using var asset = new RawAsset(_ => RawAsset.Ok("x", $"Content-Disposition: attachment; filename=\"{name}\"\r\n"));
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var response = await browser.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("x", await response.Content.ReadAsStringAsync());
        Assert.Equal($"attachment; filename=\"{name}\"", response.Content.Headers.NonValidated["Content-Disposition"].ToString());
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

    [Fact]
    public async Task Headers_that_hold_the_assets_own_address_hold_the_sessions()
    {
        RawAsset? asset = null;
        await using (asset = new RawAsset(_ => RawAsset.Ok(
            "hello",
            string.Format(System.Globalization.CultureInfo.InvariantCulture, "Refresh: 5; url=http://127.0.0.1:{0}/next?a=1\r\nLink: <http://127.0.0.1:{0}/style.css>; rel=preload, <//127.0.0.1:{0}/app.js>; rel=preload\r\nContent-Location: http://127.0.0.1:{0}/page.en\r\nSourceMap: http://127.0.0.1:{0}/app.map\r\n", asset!.Port))))
        {
            using var browser = await _gateway.ConnectAsync(asset.Port);
            using var response = await browser.GetAsync("/");
            Assert.Equal("5; url=/next?a=1", Assert.Single(response.Headers.GetValues("Refresh")));
            Assert.Equal($"<{browser.Hmi}/style.css>; rel=preload, <//{new Uri(browser.Hmi).Authority}/app.js>; rel=preload", string.Join(", ", response.Headers.GetValues("Link")));
            Assert.Equal($"{browser.Hmi}/page.en", response.Content.Headers.ContentLocation?.OriginalString);
            Assert.Equal($"{browser.Hmi}/app.map", Assert.Single(response.Headers.GetValues("SourceMap")));
        }
    }

    [Theory]
    [InlineData("5", "5")]
    [InlineData("0; URL='/next'", "0; url=/next")]
    [InlineData("0; url=https://elsewhere.example/", null)]
    public async Task A_page_reloads_itself_but_leads_nowhere_else(string refresh, string? expected)
    {
        await using var asset = new RawAsset(_ => RawAsset.Ok("hello", $"Refresh: {refresh}\r\n"));
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var response = await browser.GetAsync("/");
        Assert.Equal(expected, response.Headers.TryGetValues("Refresh", out var values) ? values.Single() : null);
    }

    [Fact]
    public async Task The_assets_cookies_are_for_https_alone_where_the_session_is()
    {
        await using var asset = new RawAsset(_ => RawAsset.Ok("hello", "Set-Cookie: lang=de; Domain=panel-7; Path=/; SameSite=None\r\nSet-Cookie: __Secure-theme=dark; Secure\r\n"));
        await using var gateway = await WebGateway.StartAsync("web.localhost", tls: true);
        using var browser = await gateway.ConnectAsync(asset.Port);
        using var response = await browser.GetAsync("/");
        Assert.Equal(["lang=de; Path=/; Secure; SameSite=Lax", "__Secure-theme=dark; Path=/; Secure; SameSite=Lax"], response.Headers.GetValues("Set-Cookie"));
    }
}
