using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>Whether somebody is there: an HMI that asks and beats by itself is no sign of it.</summary>
public sealed class IdleTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Page = """
        <button id=start onclick="fetch('/start', { method: 'POST', body: 'pump=' + ++window.pump })">Start</button> <a id=link href="/other">Other page</a> <input id=field>
        <iframe hidden src="/reloads"></iframe>
        <script>
        window.pump = 0;
        const socket = new WebSocket('ws://' + location.host + '/socket');
        setInterval(() => {
          fetch('/values');
          fetch('/rpc', { method: 'POST', body: '{"method":"read"}' });
          if (socket.readyState === 1) { socket.send('ping'); }
        }, 100);
        </script>
        """;

    private static readonly string[] _polls = ["GET /values", "POST /rpc", "ping", "reload"];

    [Fact]
    public async Task A_page_that_polls_is_idle_and_its_user_is_asked_and_signed_out()
    {
        var time = new ShiftedTime();
        await using var asset = await PageAsset.StartAsync(Serve);
        await using var gateway = await WebGateway.StartAsync(time: time);
        var order = WebGateway.Order(asset.Port, o => o with { IdleTimeoutSeconds = 15 * 60, EndsAt = DateTimeOffset.UtcNow.AddHours(8) });
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{gateway.Origins.Bar(order.SessionId)}/?ticket={gateway.Ticket(order)}");
        var (hmi, notice, session) = (page.FrameLocator("#hmi"), page.Locator("#idle"), gateway.Sessions.Find(order.SessionId)!);
        await hmi.Locator("#start").ClickAsync();
        await Assertions.Expect(notice).ToBeHiddenAsync();

        // Asked, with the time that is left counting down.
        await PassAsync(14.5);
        await Assertions.Expect(page.Locator("#ask")).ToHaveTextAsync("Are you still there?");
        var left = page.Locator("#idle-left");
        await Assertions.Expect(left).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^0:[0-4]\\d$"));
        var first = await left.TextContentAsync();
        await Assertions.Expect(left).Not.ToHaveTextAsync(first!);
        Assert.StartsWith("Are you still there?", await page.TitleAsync(), StringComparison.Ordinal);

        // By the keyboard, from the HMI's first field: what is before it in the tab is the notice's button.
        await hmi.Locator("#start").FocusAsync();
        await page.Keyboard.PressAsync("Shift+Tab");
        await Assertions.Expect(page.Locator("#stay")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(notice).ToBeHiddenAsync();
        Assert.DoesNotContain("still there", await page.TitleAsync(), StringComparison.Ordinal);

        // What a person does in the HMI takes the question back: a set-point, a way to another page.
        await PassAsync(14.5);
        await Assertions.Expect(notice).ToBeVisibleAsync();
        await hmi.Locator("#start").ClickAsync();
        await Assertions.Expect(notice).ToBeHiddenAsync();
        await PassAsync(14.5);
        await Assertions.Expect(notice).ToBeVisibleAsync();
        await hmi.Locator("#link").ClickAsync();
        await Assertions.Expect(notice).ToBeHiddenAsync();

        await PassAsync(14.5);
        Assert.Null(session.Ended);
        time.Ahead += TimeSpan.FromMinutes(1);
        await Assertions.Expect(page.Locator("#why")).ToHaveTextAsync("Nobody did anything for 15 minutes.");
        Assert.Equal(SessionEndReason.Idle, session.Ended?.Reason);
        await Assertions.Expect(notice).ToBeHiddenAsync();

        // In steps, with the page's polls in between, as time really passes; and not before the browser has forgotten the last click, some
        // seconds later: until then it takes a reload for the person's.
        async Task PassAsync(double minutes)
        {
            await asset.AskedAgainAsync(_polls);
            for (var step = Math.Min(minutes, 4); minutes > 0; minutes -= step, step = Math.Min(minutes, 4))
            {
                time.Ahead += TimeSpan.FromMinutes(step);
                await asset.AskedAgainAsync(_polls);
            }
        }
    }

    private static void Serve(WebApplication app, PageAsset asset)
    {
        app.MapGet("/", () => PageAsset.Html(Page));
        app.MapGet("/other", () => PageAsset.Html(Page));
        app.MapGet("/values", () => "42");
        app.MapPost("/rpc", () => "42");
        app.MapPost("/start", () => "started");

        // As pages of small controllers do: the whole page anew, by itself.
        app.MapGet("/reloads", (HttpContext http) =>
        {
            if (http.Request.Headers["Sec-Fetch-User"].Count == 0)
            {
                asset.Count("reload");
            }

            return PageAsset.Html("<script>setTimeout(() => location.reload(), 100)</script>");
        });
        app.MapGet("/socket", async (HttpContext http) =>
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[1024];
            while ((await socket.ReceiveAsync(buffer, http.RequestAborted)).MessageType == WebSocketMessageType.Text)
            {
                asset.Count("ping");
            }
        });
    }
}
