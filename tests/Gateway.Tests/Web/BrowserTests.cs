using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>
/// In a real browser, which alone decides what a frame may do, whose cookie goes where, and what is of one site. In both layouts of names: below a
/// domain, where sessions are siblings of one site, and directly below localhost, where each is a site of its own.
/// </summary>
public sealed class BrowserTests(DemoHmi hmi, Chromium chromium) : IClassFixture<DemoHmi>, IClassFixture<Chromium>
{
    [Theory]
    [InlineData("localhost", false)]
    [InlineData("web.localhost", false)]
    [InlineData("web.localhost", true)]
    public async Task The_hmi_works_below_the_bar_as_in_the_plant(string domain, bool tls)
    {
        await using var gateway = await WebGateway.StartAsync(domain, tls);
        var order = hmi.Order();
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        Assert.Equal(gateway.Origins.Bar(order.SessionId) + "/", page.Url);
        Assert.Contains("Pumping station", await page.TextContentAsync("h1"), StringComparison.Ordinal);
        await Assertions.Expect(page.Locator("#left")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^(10:00|9:[0-5]\\d)$"));

        // Live data by the socket, a set-point by a POST with the HMI's own token, and its event by a stream.
        var frame = page.FrameLocator("#hmi");
        await Assertions.Expect(frame.Locator("#link")).ToHaveTextAsync("Live");
        await Assertions.Expect(frame.Locator("#alarms li").First).ToHaveTextAsync("Station started");
        await frame.Locator("#setpoint").FillAsync("77");
        await frame.Locator("#form button").ClickAsync();
        await Assertions.Expect(frame.Locator("#answer")).ToHaveTextAsync("Set-point is 77 cm.");
        await Assertions.Expect(frame.Locator("#current")).ToHaveTextAsync("77");
        await Assertions.Expect(frame.Locator("#alarms li").First).ToHaveTextAsync("Set-point 77 cm");

        // The asset's token is in no place that the browser has.
        Assert.DoesNotContain(await page.Context.CookiesAsync(), c => c.Name == "STATION");
        Assert.DoesNotContain("127.0.0.1", await frame.Locator("html").EvaluateAsync<string>("e => e.outerHTML"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_closes_the_frame_and_says_so_and_nothing_comes_back()
    {
        await using var gateway = await WebGateway.StartAsync();
        var order = hmi.Order();
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        await Assertions.Expect(page.FrameLocator("#hmi").Locator("#link")).ToHaveTextAsync("Live");
        await page.ClickAsync("#end");
        Assert.Null(gateway.Sessions.Find(order.SessionId)!.Ended);
        await page.ClickAsync("#end");
        await Assertions.Expect(page.Locator("#why")).ToHaveTextAsync("You ended the session.");
        await Assertions.Expect(page.Locator("iframe")).ToHaveCountAsync(0);
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("body")).ToContainTextAsync("You ended the session.");
    }

    [Fact]
    public async Task A_revocation_is_shown_while_the_page_is_open()
    {
        await using var gateway = await WebGateway.StartAsync();
        var order = hmi.Order();
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        await Assertions.Expect(page.FrameLocator("#hmi").Locator("#link")).ToHaveTextAsync("Live");
        gateway.Sessions.Find(order.SessionId)!.End(SessionEndReason.StoppedByPlant, "The plant stopped the session.");
        await Assertions.Expect(page.Locator("#why")).ToHaveTextAsync("The plant stopped the session.");
    }

    [Theory]
    [InlineData("parent.document.body.remove()")]
    [InlineData("parent.document.querySelector('#end').click()")]
    [InlineData("top.location.href = '/elsewhere'")]
    [InlineData("document.domain = 'web.localhost'; parent.document.body.remove()")]
    [InlineData("if (!document.fullscreenEnabled) throw new Error('not allowed')")]
    [InlineData("if (!window.open('/')) throw new Error('not allowed')")]
    public async Task The_hmi_cannot_touch_cover_or_leave_the_bar(string attempt)
    {
        await using var gateway = await WebGateway.StartAsync("web.localhost");
        var order = hmi.Order();
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        var frame = page.FrameLocator("#hmi");
        await Assertions.Expect(frame.Locator("#link")).ToHaveTextAsync("Live");
        var outcome = await frame.Locator("body").EvaluateAsync<string>("(_, code) => { try { (0, eval)(code); return 'done'; } catch (e) { return 'refused: ' + e.name; } }", attempt);
        Assert.StartsWith("refused", outcome, StringComparison.Ordinal);
        Assert.Equal(gateway.Origins.Bar(order.SessionId) + "/", page.Url);
        Assert.True(await page.Locator("#end").IsVisibleAsync());
    }

    [Fact]
    public async Task The_hmi_can_neither_frame_the_bar_nor_press_end_from_afar()
    {
        await using var gateway = await WebGateway.StartAsync("web.localhost");
        var order = hmi.Order();
        var page = await chromium.NewPageAsync();
        var bar = gateway.Origins.Bar(order.SessionId);
        await page.GotoAsync($"{bar}/?ticket={gateway.Ticket(order)}");
        var frame = page.FrameLocator("#hmi");
        await Assertions.Expect(frame.Locator("#link")).ToHaveTextAsync("Live");
        await frame.Locator("body").EvaluateAsync("(_, bar) => fetch(bar + '/end', { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => 0)", bar);
        Assert.Null(gateway.Sessions.Find(order.SessionId)!.Ended);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("web.localhost")]
    public async Task A_page_of_one_session_tosses_no_cookie_into_another_and_cannot_use_it(string domain)
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync(domain);
        var (hostile, other) = (hmi.Order(), WebGateway.Order(asset.Port));
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(hostile.SessionId)}/?ticket={gateway.Ticket(hostile)}");
        var frame = page.FrameLocator("#hmi");
        await Assertions.Expect(frame.Locator("#link")).ToHaveTextAsync("Live");
        await frame.Locator("body").EvaluateAsync("(_, domain) => { document.cookie = `SID=tossed; Domain=${domain}; Path=/`; document.cookie = `sallyport=tossed; Domain=${domain}; Path=/`; }", domain);

        var second = await page.Context.NewPageAsync();
        await second.GotoAsync($"{gateway.Origins.Bar(other.SessionId)}/?ticket={gateway.Ticket(other)}");
        await Assertions.Expect(second.FrameLocator("#hmi").Locator("body")).ToHaveTextAsync("hello");
        Assert.All(asset.Requests, request => Assert.DoesNotContain("tossed", request, StringComparison.Ordinal));

        // The browser would send the other session's cookie along (one site); the gateway sees who asks.
        var before = asset.Requests.Count;
        await frame.Locator("body").EvaluateAsync(
            "(_, origin) => Promise.all(['POST', 'GET'].map((method) => fetch(origin + '/setpoint', { method, mode: 'no-cors', credentials: 'include' }).catch(() => 0)))",
            gateway.Origins.Hmi(other.SessionId));
        Assert.Equal(before, asset.Requests.Count);
    }

    [Theory]
    [InlineData("localhost", 0)] // another site: the session's cookie is not even sent
    [InlineData("web.localhost", 3)]
    public async Task A_page_of_one_session_leads_no_frame_to_anothers_asset(string domain, int withCookie)
    {
        await using var hostile = await PageAsset.StartAsync((app, _) => app.MapGet("/", () => PageAsset.Html("<iframe name=target></iframe><form target=target></form>")));
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync(domain);
        var (first, other) = (WebGateway.Order(hostile.Port), WebGateway.Order(asset.Port));
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(first.SessionId)}/?ticket={gateway.Ticket(first)}");
        var second = await page.Context.NewPageAsync();
        await second.GotoAsync($"{gateway.Origins.Bar(other.SessionId)}/?ticket={gateway.Ticket(other)}");
        await Assertions.Expect(second.FrameLocator("#hmi").Locator("body")).ToHaveTextAsync("hello");

        // The page could not see the answer; but a GET would have had its effect by then.
        var before = asset.Requests.Count;
        var form = page.FrameLocator("#hmi").Locator("form");
        foreach (var script in (string[])["form.submit()", "form.previousElementSibling.src = form.action", "form.method = 'post'; form.submit()"])
        {
            // Until whatever was answered is in the frame: the browser tells the frame of a refusal, too, and loses its network events when it moves the frame to another process.
            await form.EvaluateAsync(
                $"(form, url) => new Promise(shown => {{ form.previousElementSibling.addEventListener('load', () => shown(), {{ once: true }}); form.action = url; {script}; }})",
                $"{gateway.Origins.Hmi(other.SessionId)}/set.cgi?p=1");
        }

        Assert.Equal(before, asset.Requests.Count);
        var session = gateway.Sessions.Find(other.SessionId)!;
        session.End(SessionEndReason.User, "You ended the session.");
        await session.Completion;
        var refused = (await gateway.Recording(other.SessionId).ReadAsync()).OfType<HttpExchange>().Where(e => e.Path.StartsWith("/set.cgi", StringComparison.Ordinal)).ToList();
        Assert.Equal(withCookie, refused.Count);
        Assert.All(refused, e => Assert.Equal(["Refused: Only the asset's own pages may ask for this."], e.Notes));
    }

    [Fact]
    public async Task The_hmis_own_address_in_a_new_tab_comes_below_a_bar()
    {
        await using var gateway = await WebGateway.StartAsync();
        var order = hmi.Order();
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        await Assertions.Expect(page.FrameLocator("#hmi").Locator("#link")).ToHaveTextAsync("Live");
        var tab = await page.Context.NewPageAsync();
        await tab.GotoAsync(gateway.Origins.Hmi(order.SessionId) + "/");
        Assert.Equal(gateway.Origins.Bar(order.SessionId) + "/", tab.Url);
        await Assertions.Expect(tab.FrameLocator("#hmi").Locator("#link")).ToHaveTextAsync("Live");
    }
}

/// <summary>One Chromium for a class of tests; each page in a profile of its own.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        // A busy machine is no fault of the gateway's.
        Assertions.SetDefaultExpectTimeout(30_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async Task<IPage> NewPageAsync(BrowserNewContextOptions? options = null)
    {
        var context = await _browser!.NewContextAsync(options ?? new BrowserNewContextOptions { IgnoreHTTPSErrors = true, ViewportSize = new ViewportSize { Width = 1100, Height = 720 } });
        return await context.NewPageAsync();
    }

    public async Task DisposeAsync()
    {
        await _browser!.CloseAsync();
        _playwright!.Dispose();
    }
}
