using System.Net;
using System.Net.WebSockets;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>What a service does not allow does not reach its asset, and is in the recording.</summary>
public sealed class PolicyTests(DemoHmi hmi) : IClassFixture<DemoHmi>
{
    private static readonly WebPolicy ReadOnly = new() { Methods = WebPolicy.ReadOnlyMethods, AllowWebSockets = false };

    [Fact]
    public async Task Read_only_is_get_and_head()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Policy = ReadOnly });
        Assert.Equal("hello", await browser.GetStringAsync("/"));
        foreach (var method in (string[])["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
        {
            using var refused = await browser.SendAsync(new HttpMethod(method), "/", null, r => r.Headers.Add("Origin", browser.Hmi));
            Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
        }

        var socket = await Assert.ThrowsAsync<WebSocketException>(() => browser.OpenSocketAsync("/live"));
        Assert.Contains("405", socket.Message, StringComparison.Ordinal);
        Assert.Single(asset.Requests);
    }

    [Theory]
    [InlineData("X-HTTP-Method-Override")]
    [InlineData("X-HTTP-Method")]
    [InlineData("X-Method-Override")]
    [InlineData("X_HTTP_Method_Override")]
    public async Task No_header_makes_another_method_of_a_get(string header)
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Policy = ReadOnly });
        using var answer = await browser.GetAsync("/", r => r.Headers.TryAddWithoutValidation(header, "DELETE"));
        Assert.DoesNotContain("DELETE", Assert.Single(asset.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/visu", true)]
    [InlineData("/visu/page?x=/admin", true)]
    [InlineData("/visual", false)]
    [InlineData("/", false)]
    [InlineData("/visu/../admin", false)]
    [InlineData("/visu/%2e%2e/admin", false)]
    [InlineData("/visu/..%2fadmin", false)]
    [InlineData("/visu/..%5cadmin", false)]
    [InlineData("/visu/..;/admin", false)]
    [InlineData("/visu/%252e%252e/admin", false)]
    [InlineData("/visu//../../admin", false)]
    [InlineData("//admin", false)]
    [InlineData("/VISU", false)]
    public async Task Only_allowed_paths_reach_the_asset(string path, bool allowed)
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Policy = new WebPolicy { PathPrefixes = ["/visu"], StartPath = "/visu" } });
        var answer = await RawHttp.SendAsync(gateway.Port, $"GET {path} HTTP/1.1\r\nHost: {new Uri(browser.Hmi).Authority}\r\nCookie: {browser.Cookies.GetCookieHeader(new Uri(browser.Hmi))}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith(allowed ? "HTTP/1.1 200" : "HTTP/1.1 403", answer, StringComparison.Ordinal);
        Assert.Equal(allowed ? 1 : 0, asset.Requests.Count);
    }

    [Fact]
    public async Task A_request_that_is_too_long_is_refused_announced_or_not()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Policy = new WebPolicy { MaxRequestBytes = 1000 } });
        using var announced = await browser.PostAsync("/", new ByteArrayContent(new byte[1001]));
        using var chunked = await browser.PostAsync("/", new StreamContent(new MemoryStream(new byte[5000])), r => r.Headers.TransferEncodingChunked = true);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.RequestEntityTooLarge), (announced.StatusCode, chunked.StatusCode));
    }

    [Fact]
    public async Task A_socket_message_that_is_too_long_closes_the_socket()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order(o => o with { Policy = new WebPolicy { MaxRequestBytes = 20_000 } }));
        using var socket = await browser.OpenSocketAsync("/live");
        await socket.SendAsync(new byte[20_001], WebSocketMessageType.Text, true, CancellationToken.None);
        string message;
        do
        {
            message = await WebBrowser.ReceiveAsync(socket);
        }
        while (message.StartsWith('{'));

        Assert.StartsWith("closed 1009", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_the_service_allows()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order(o => o with { Policy = new WebPolicy { MaxConcurrentRequests = 2 } }));
        using var first = await browser.GetAsync("/alarms");
        using var second = await browser.GetAsync("/alarms");
        using var third = await browser.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, third.StatusCode);
    }

    [Fact]
    public async Task A_refusal_is_recorded()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Policy = ReadOnly });
        using var refused = await browser.SendAsync(HttpMethod.Delete, "/recipe/1", null, r => r.Headers.Add("Origin", browser.Hmi));
        var traces = await gateway.EndAndReadAsync(browser);
        Assert.Equal(["GET", "HEAD"], Assert.IsType<HttpTarget>(traces[0]).Methods);
        var exchange = Assert.Single(traces.OfType<HttpExchange>());
        Assert.Equal(("DELETE", "/recipe/1", 405), (exchange.Method, exchange.Path, exchange.Status));
        Assert.Contains("Refused", Assert.Single(exchange.Notes!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_with_senseless_settings_opens_nothing()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        var order = WebGateway.Order(asset.Port, o => o with { Policy = new WebPolicy { Methods = ["CONNECT"] } });
        using var browser = new WebBrowser(gateway, order.SessionId);
        using var answer = await browser.GetAsync($"{browser.Bar}/?ticket={gateway.Ticket(order)}");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(0, asset.Connections);
    }
}
