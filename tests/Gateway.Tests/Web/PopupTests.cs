using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>What a service's AllowPopups does in a browser.</summary>
public sealed class PopupTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Page = """<p>main</p> <a id=link target=_blank href="/trend">Trend</a> <button id=open onclick="this.value = String(Boolean(window.open('/trend')))">Open</button>""";

    [Theory]
    [InlineData("localhost")]
    [InlineData("web.localhost")]
    public async Task With_it_windows_of_the_hmi_open_without_a_bar_and_end_with_the_session(string domain)
    {
        await using var asset = await StartAsync();
        await using var gateway = await WebGateway.StartAsync(domain);
        var order = Order(asset, allow: true);
        var page = await EnterAsync(gateway, order);
        foreach (var opener in (string[])["#link", "#open"])
        {
            var window = await page.Context.RunAndWaitForPageAsync(() => page.FrameLocator("#hmi").Locator(opener).ClickAsync());
            await Assertions.Expect(window.Locator("p")).ToHaveTextAsync("trend");
            Assert.Equal(gateway.Origins.Hmi(order.SessionId) + "/trend", window.Url);

            // The bar's tab is out of its reach.
            Assert.True(await window.EvaluateAsync<bool>("window.opener === null"));
        }

        gateway.Sessions.Find(order.SessionId)!.End(SessionEndReason.Revoked, "An admin took the access away.");
        var last = page.Context.Pages[^1];
        await last.ReloadAsync();
        await Assertions.Expect(last.Locator("body")).ToContainTextAsync("An admin took the access away.");
    }

    [Fact]
    public async Task Without_it_none_opens()
    {
        await using var asset = await StartAsync();
        await using var gateway = await WebGateway.StartAsync("web.localhost");
        var page = await EnterAsync(gateway, Order(asset, allow: false));
        var hmi = page.FrameLocator("#hmi");
        await hmi.Locator("#open").ClickAsync();
        await Assertions.Expect(hmi.Locator("#open")).ToHaveAttributeAsync("value", "false");
        await hmi.Locator("#link").ClickAsync();
        await Assertions.Expect(hmi.Locator("p")).ToHaveTextAsync("main");
        Assert.Single(page.Context.Pages);
        Assert.Equal(0, asset.Asked("GET /trend"));
    }

    private static Task<PageAsset> StartAsync() => PageAsset.StartAsync((app, _) =>
    {
        app.MapGet("/", () => PageAsset.Html(Page));
        app.MapGet("/trend", () => PageAsset.Html("<p>trend</p>"));
    });

    private static WebSessionOrder Order(PageAsset asset, bool allow) => WebGateway.Order(asset.Port, o => o with { Policy = new WebPolicy { AllowPopups = allow } });

    private async Task<IPage> EnterAsync(WebGateway gateway, WebSessionOrder order)
    {
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        await Assertions.Expect(page.FrameLocator("#hmi").Locator("p")).ToHaveTextAsync("main");
        return page;
    }
}
