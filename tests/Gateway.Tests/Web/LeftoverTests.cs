using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>What an HMI leaves in the browser: of each session by itself, and gone with it.</summary>
public sealed class LeftoverTests(Chromium chromium) : IClassFixture<Chromium>
{
    // Also as scripts do by habit: for the page's own folder, and with the host named.
    private const string Leave = """
        async () => {
          localStorage.setItem('recipe', '7');
          sessionStorage.setItem('step', '3');
          document.cookie = 'root=1; Path=/; Max-Age=86400';
          document.cookie = 'folder=1; Max-Age=86400';
          document.cookie = `host=1; Path=/; Max-Age=86400; Domain=${location.hostname}`;
          await (await caches.open('pages')).put('/kept', new Response('kept'));
          await new Promise((done) => { const open = indexedDB.open('station'); open.onsuccess = () => { open.result.close(); done(); }; });
          await fetch('values');
        }
        """;

    private const string Look = """
        async () => JSON.stringify({ local: localStorage.length, session: sessionStorage.length, cookie: document.cookie, caches: (await caches.keys()).length, databases: (await indexedDB.databases()).length })
        """;

    [Theory]
    [InlineData("localhost", false, false)]
    [InlineData("web.localhost", true, false)]
    [InlineData("web.localhost", true, true)]
    public async Task It_is_gone_when_the_session_has_ended(string domain, bool tls, bool byGrant)
    {
        await using var asset = await StartAsync();
        await using var gateway = await WebGateway.StartAsync(domain, tls);
        var order = Order(asset);
        var page = await EnterAsync(gateway, order, (await chromium.NewPageAsync()).Context);
        await Hmi(page).EvaluateAsync(Leave);
        Assert.Equal(5, (await page.Context.CookiesAsync()).Count(cookie => !cookie.Name.Contains("sallyport", StringComparison.Ordinal)));
        if (byGrant)
        {
            gateway.Sessions.Find(order.SessionId)!.MoveEnd(DateTimeOffset.UtcNow);
        }
        else
        {
            await page.ClickAsync("#end");
            await page.ClickAsync("#end");
        }

        await Assertions.Expect(page.Locator("#why")).ToHaveTextAsync(byGrant ? "The time of your grant is over. Ask for access again if you need more." : "You ended the session.");
        await Assertions.Expect(page.Locator("iframe")).ToHaveCountAsync(0);
        Assert.Empty((await page.Context.CookiesAsync()).Where(cookie => !cookie.Name.Contains("sallyport", StringComparison.Ordinal)).Select(cookie => cookie.Name + cookie.Path));

        // In a page of that origin that does not ask the gateway, whose answer would clear it once more.
        var look = await page.Context.NewPageAsync();
        await look.RouteAsync("**/*", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<title>look</title>" }));
        await look.GotoAsync(gateway.Origins.Hmi(order.SessionId) + "/app/");
        Assert.Equal("""{"local":0,"session":0,"cookie":"","caches":0,"databases":0}""", await look.EvaluateAsync<string>(Look));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("web.localhost")]
    public async Task Two_sessions_of_one_person_share_nothing(string domain)
    {
        await using var asset = await StartAsync();
        await using var gateway = await WebGateway.StartAsync(domain);
        var (first, second) = (Order(asset), Order(asset));
        var page = await EnterAsync(gateway, first, (await chromium.NewPageAsync()).Context);
        var other = await EnterAsync(gateway, second, page.Context);
        await Hmi(page).EvaluateAsync(Leave);
        Assert.Equal("""{"local":0,"session":0,"cookie":"asset=1","caches":0,"databases":0}""", await Hmi(other).EvaluateAsync<string>(Look));

        // And the end of one takes nothing from the other.
        await Hmi(other).EvaluateAsync(Leave);
        gateway.Sessions.Find(first.SessionId)!.End(SessionEndReason.Revoked, "An admin took the access away.");
        await Assertions.Expect(page.Locator("#why")).ToHaveTextAsync("An admin took the access away.");
        await Assertions.Expect(page.Locator("iframe")).ToHaveCountAsync(0);
        using var left = JsonDocument.Parse(await Hmi(other).EvaluateAsync<string>(Look));
        Assert.All(["local", "session", "caches", "databases"], store => Assert.Equal(1, left.RootElement.GetProperty(store).GetInt32()));
        Assert.Equal(4, left.RootElement.GetProperty("cookie").GetString()!.Split(';').Length);
    }

    private static Task<PageAsset> StartAsync() => PageAsset.StartAsync((app, _) =>
    {
        app.MapGet("/app/", (HttpResponse response) =>
        {
            response.Headers.Append("Set-Cookie", "asset=1; Path=/app");
            response.Headers.Append("Set-Cookie", "deep=1; Path=/app/deep/");
            return PageAsset.Html("<p>values</p>");
        });
        app.MapGet("/app/values", () => "42");
    });

    private static WebSessionOrder Order(PageAsset asset) => WebGateway.Order(asset.Port, o => o with { Policy = new Gateway.Web.WebPolicy { StartPath = "/app/" } });

    private static async Task<IPage> EnterAsync(WebGateway gateway, WebSessionOrder order, IBrowserContext context)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        await Assertions.Expect(page.FrameLocator("#hmi").Locator("p")).ToHaveTextAsync("values");
        return page;
    }

    private static IFrame Hmi(IPage page) => page.Frames.Single(frame => frame.Url.EndsWith("/app/", StringComparison.Ordinal));
}
