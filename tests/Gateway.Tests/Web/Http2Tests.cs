using System.Net;
using System.Net.Http.Json;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>HTTP/2 to the browser, HTTP/1.1 to the asset.</summary>
public sealed class Http2Tests(DemoHmi hmi) : IClassFixture<DemoHmi>
{
    [Fact]
    public async Task Pages_posts_and_sockets_pass_by_http_2()
    {
        await using var gateway = await WebGateway.StartAsync("web.localhost", tls: true);
        var order = hmi.Order();
        using var browser = new WebBrowser(gateway, order.SessionId) { Version = HttpVersion.Version20 };
        await browser.EnterAsync(gateway.Ticket(order));
        using var page = await browser.GetAsync("/");
        Assert.Equal((HttpVersion.Version20, HttpStatusCode.OK), (page.Version, page.StatusCode));
        Assert.Contains($"{browser.Hmi}/app.js", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var token = browser.Cookies.GetCookies(new Uri(browser.Hmi))["STATIONTOKEN"]!.Value;
        using var post = await browser.PostAsync("/api/setpoint", JsonContent.Create(new { setpoint = 66 }), r => r.Headers.Add("X-Station-Token", token));
        Assert.Equal("Set-point is 66 cm.", await post.Content.ReadAsStringAsync());

        // RFC 8441.
        using var socket = await browser.OpenSocketAsync("/live");
        Assert.Contains("\"tick\":", await WebBrowser.ReceiveAsync(socket), StringComparison.Ordinal);
    }
}
