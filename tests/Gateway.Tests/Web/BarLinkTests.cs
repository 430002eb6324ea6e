using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>The bar keeps its hold on the session when an HMI or something on the way cuts it off.</summary>
public sealed class BarLinkTests(Chromium chromium) : IClassFixture<Chromium>
{
    // As many and as large as the browser takes.
    private const string Bomb = "(_, [domain, priority]) => { for (let i = 0; i < 300; i++) { document.cookie = `bomb${i}=${'x'.repeat(4000)}; Domain=${domain}; Path=/; Max-Age=86400${priority}`; } }";

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // HTTP/2, where each cookie is a header
    public async Task A_browser_full_of_cookies_comes_into_a_session_and_the_bar_throws_them_out(bool tls)
    {
        await using var asset = await PageAsset.StartAsync((app, _) => app.MapGet("/", () => PageAsset.Html("hello")));
        await using var gateway = await WebGateway.StartAsync("web.localhost", tls);
        var order = WebGateway.Order(asset.Port);
        var page = await chromium.NewPageAsync();
        await page.Context.AddCookiesAsync(Enumerable.Range(0, 170).Select(i => new Cookie { Name = $"bomb{i}", Value = new string('x', 4000), Domain = ".web.localhost", Path = "/" }));
        var entered = await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        Assert.Equal(200, entered!.Status);
        await Assertions.Expect(page.FrameLocator("#hmi").Locator("body")).ToHaveTextAsync("hello");
        await page.WaitForFunctionAsync("document.cookie === ''");
        Assert.DoesNotContain(await page.Context.CookiesAsync(), cookie => cookie.Name.StartsWith("bomb", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("localhost", false)]
    [InlineData("web.localhost", false)]
    [InlineData("web.localhost", true)]
    public async Task An_hmi_that_fills_the_browser_with_cookies_keeps_nobody_from_ending_the_session(string domain, bool tls)
    {
        await using var asset = await PageAsset.StartAsync((app, _) => app.MapGet("/", () => PageAsset.Html("hello")));
        await using var gateway = await WebGateway.StartAsync(domain, tls);
        var order = WebGateway.Order(asset.Port);
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        var hmi = page.FrameLocator("#hmi").Locator("body");
        await Assertions.Expect(hmi).ToHaveTextAsync("hello");
        var target = domain == "localhost" ? $"{order.SessionId:N}.localhost" : domain;
        await hmi.EvaluateAsync(Bomb, new[] { target, "" });
        await page.ReloadAsync();
        await Assertions.Expect(hmi).ToHaveTextAsync("hello");

        // These push even the session's own cookies out of the browser.
        await hmi.EvaluateAsync(Bomb, new[] { target, "; Priority=High" });
        await page.ClickAsync("#end");
        await page.ClickAsync("#end");
        await Assertions.Expect(page.Locator("#why")).ToHaveTextAsync("You ended the session.");
    }

    [Fact]
    public async Task Who_has_no_session_cannot_send_so_much()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        using var stranger = new WebBrowser(gateway, browser.SessionId);
        var cookies = string.Join("; ", Enumerable.Range(0, 170).Select(i => $"bomb{i}={new string('x', 4000)}"));
        foreach (var url in (string[])[$"{browser.Hmi}/", $"{browser.Bar}/", $"{browser.Bar}/?ticket=invented", $"http://x.localhost:{gateway.Port}/", $"http://localhost:{gateway.Port}/health"])
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync(url, r => r.Headers.TryAddWithoutValidation("Cookie", cookies)));
        }

        using var own = await browser.GetAsync("/", r => r.Headers.TryAddWithoutValidation("Cookie", cookies));
        Assert.Equal(System.Net.HttpStatusCode.OK, own.StatusCode);
        Assert.DoesNotContain("bomb", Assert.Single(asset.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(431)]
    [InlineData(502)]
    public async Task An_answer_that_is_not_the_sessions_end_is_not_taken_for_it(int status)
    {
        await using var asset = await PageAsset.StartAsync((app, _) => app.MapGet("/", () => PageAsset.Html("hello")));
        await using var gateway = await WebGateway.StartAsync();
        var order = WebGateway.Order(asset.Port);
        var page = await chromium.NewPageAsync();
        await page.RouteAsync("**/events", route => route.FulfillAsync(new() { Status = status, Body = "a proxy's page" }));
        await page.RouteAsync("**/end", route => route.FulfillAsync(new() { Status = status, Body = "a proxy's page" }));
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        await Assertions.Expect(page.Locator("#banner")).ToContainTextAsync("The link to the gateway is broken; trying again.");
        await Assertions.Expect(page.Locator("#over")).ToBeHiddenAsync();
        await Assertions.Expect(page.FrameLocator("#hmi").Locator("body")).ToHaveTextAsync("hello");

        // It comes back by itself.
        await page.UnrouteAsync("**/events");
        await Assertions.Expect(page.Locator("#banner")).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator("#left")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^(10|9):\\d\\d$"));

        await page.ClickAsync("#end");
        await page.ClickAsync("#end");
        await Assertions.Expect(page.Locator("#banner")).ToHaveTextAsync("End did not get through: the session still runs. Try again, or end it in the portal.");
        Assert.Null(gateway.Sessions.Find(order.SessionId)!.Ended);
        await page.UnrouteAsync("**/end");
        await Assertions.Expect(page.Locator("#end")).ToHaveTextAsync("End");
        await page.ClickAsync("#end");
        await page.ClickAsync("#end");
        await Assertions.Expect(page.Locator("#why")).ToHaveTextAsync("You ended the session.");
    }
}
