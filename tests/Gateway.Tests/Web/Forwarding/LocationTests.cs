using System.Net;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Web.Forwarding;

/// <summary>Where an asset says that something is, as old devices write it.</summary>
public sealed class LocationTests : IAsyncLifetime
{
    private WebGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await WebGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("/\u00c3\u009cbersicht", "/%C3%9Cbersicht")] // UTF-8
    [InlineData("/\u00c3\u00bc", "/%C3%BC")]
    [InlineData("/\u00fc", "/%FC")] // Latin-1
    [InlineData("/%C3%BC", "/%C3%BC")]
    [InlineData("http://127.0.0.1:{0}/\u00c3\u009c?x=\u00c3\u009c#\u00c3\u009c", "/%C3%9C?x=%C3%9C#%C3%9C")]
    [InlineData("/recipes\\7", "/recipes/7")]
    [InlineData("/open?file=C:\\recipes\\7", "/open?file=C:%5Crecipes%5C7")]
    [InlineData("/open#a\\b", "/open#a%5Cb")]
    [InlineData("?file=\\\\server\\x", "/dir/page?file=%5C%5Cserver%5Cx")]
    public async Task Its_bytes_reach_the_browser_as_they_were_meant(string location, string expected)
    {
        RawAsset? asset = null;
        await using (asset = new RawAsset(_ => $"HTTP/1.1 302 Found\r\nLocation: {string.Format(System.Globalization.CultureInfo.InvariantCulture, location, asset!.Port)}\r\nContent-Length: 0\r\n\r\n"))
        {
            using var browser = await _gateway.ConnectAsync(asset.Port);
            using var answer = await browser.GetAsync("/dir/page");
            Assert.Equal((HttpStatusCode.Found, expected), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        }
    }

    [Fact]
    public async Task What_took_effect_is_answered_so_even_when_the_new_thing_is_said_to_be_elsewhere()
    {
        await using var asset = new RawAsset(_ => "HTTP/1.1 201 Created\r\nLocation: http://internal-name/items/7\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\ncreated");
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var answer = await browser.PostAsync("/items", new StringContent("level=5"));
        Assert.Equal((HttpStatusCode.Created, "created", (Uri?)null), (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Location));

        var exchange = Assert.Single((await _gateway.EndAndReadAsync(browser)).OfType<HttpExchange>());
        Assert.Equal(201, exchange.Status);
        Assert.Contains("Location", Assert.Single(exchange.Notes!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_new_things_own_address_is_the_sessions()
    {
        RawAsset? asset = null;
        await using (asset = new RawAsset(_ => $"HTTP/1.1 201 Created\r\nLocation: http://127.0.0.1:{asset!.Port}/items/7\r\nContent-Length: 0\r\n\r\n"))
        {
            using var browser = await _gateway.ConnectAsync(asset.Port);
            using var answer = await browser.PostAsync("/items", new StringContent("level=5"));
            Assert.Equal((HttpStatusCode.Created, "/items/7"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        }
    }

    [Fact]
    public async Task An_asset_that_gives_no_answer_made_nobody_wait_for_one()
    {
        await using var asset = new RawAsset(_ => "no HTTP at all\r\n\r\n");
        using var browser = await _gateway.ConnectAsync(asset.Port);
        using var answer = await browser.GetAsync("/");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);

        var exchange = Assert.Single((await _gateway.EndAndReadAsync(browser)).OfType<HttpExchange>());
        Assert.Equal((502, exchange.TotalMs), (exchange.Status, exchange.WaitMs));
    }
}
