using System.Net;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>Who gets into a session, and with what.</summary>
public sealed class SessionEntryTests
{
    [Fact]
    public async Task A_ticket_becomes_a_host_only_cookie_and_leaves_the_address()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        var order = WebGateway.Order(asset.Port);
        using var browser = new WebBrowser(gateway, order.SessionId);
        using var entered = await browser.GetAsync($"{browser.Bar}/?ticket={gateway.Ticket(order)}");

        Assert.Equal((HttpStatusCode.SeeOther, "/"), (entered.StatusCode, entered.Headers.Location?.ToString()));
        var cookie = Assert.Single(entered.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("no-referrer", entered.Headers.GetValues("Referrer-Policy").Single());
    }

    [Fact]
    public async Task Over_https_the_cookies_are_bound_to_their_host_by_name()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync("web.localhost", tls: true);
        using var browser = await gateway.ConnectAsync(asset.Port);
        var cookie = Assert.Single(browser.Cookies.GetCookies(new Uri(browser.Hmi)).Cast<Cookie>());
        Assert.True(cookie is { Name: "__Host-sallyport", Secure: true, HttpOnly: true });
    }

    [Fact]
    public async Task A_ticket_works_once()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        var order = WebGateway.Order(asset.Port);
        var ticket = gateway.Ticket(order);
        using var browser = new WebBrowser(gateway, order.SessionId);
        await browser.EnterAsync(ticket);

        using var thief = new WebBrowser(gateway, order.SessionId);
        using var refused = await thief.GetAsync($"{thief.Bar}/?ticket={ticket}");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.False(refused.Headers.Contains("Set-Cookie"));

        // Its own browser, going back in its history, is let through without asking the portal.
        using var back = await browser.GetAsync($"{browser.Bar}/?ticket={ticket}");
        Assert.Equal((HttpStatusCode.SeeOther, 2), (back.StatusCode, gateway.Redemptions));
    }

    [Fact]
    public async Task A_ticket_opens_only_its_own_sessions_origin()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        var ticket = gateway.Ticket(WebGateway.Order(asset.Port));
        using var browser = new WebBrowser(gateway, Guid.NewGuid());
        using var refused = await browser.GetAsync($"{browser.Bar}/?ticket={ticket}");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Without_the_cookie_nothing_reaches_the_asset()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        using var stranger = new WebBrowser(gateway, browser.SessionId);
        foreach (var url in (string[])["/", "/.sallyport/enter?pass=00000000000000000000000000000000", $"{stranger.Bar}/", $"{stranger.Bar}/events"])
        {
            using var answer = await stranger.GetAsync(url);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => stranger.OpenSocketAsync("/live"));
        Assert.Empty(asset.Requests);
    }

    [Fact]
    public async Task The_cookie_of_one_session_is_worth_nothing_in_another()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var mine = await gateway.ConnectAsync(asset.Port);
        using var other = await gateway.ConnectAsync(asset.Port);
        var cookie = mine.Cookies.GetCookieHeader(new Uri(mine.Hmi));
        using var thief = new WebBrowser(gateway, other.SessionId);
        using var answer = await thief.GetAsync("/", r => r.Headers.Add("Cookie", cookie));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task The_frames_pass_works_once()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        var order = WebGateway.Order(asset.Port);
        using var browser = new WebBrowser(gateway, order.SessionId);
        using var entered = await browser.GetAsync($"{browser.Bar}/?ticket={gateway.Ticket(order)}");
        var frame = WebBrowser.FrameOf(await browser.GetStringAsync($"{browser.Bar}/"));
        using var first = await browser.GetAsync(frame);
        using var thief = new WebBrowser(gateway, order.SessionId);
        using var second = await thief.GetAsync(frame);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (first.StatusCode, second.StatusCode));
    }

    [Fact]
    public async Task End_in_the_bar_ends_the_session_and_only_the_bar_can_press_it()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        var session = gateway.Sessions.Find(browser.SessionId)!;
        using var forged = await browser.PostAsync($"{browser.Bar}/end", new StringContent(""));
        Assert.Null(session.Ended);
        using var pressed = await browser.SendAsync(HttpMethod.Post, $"{browser.Bar}/end", null, r => r.Headers.Add("Origin", browser.Bar));
        Assert.Equal(SessionEndReason.User, session.Ended?.Reason);
    }

    [Fact]
    public async Task The_bar_is_told_of_a_moved_end_and_of_the_end()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        var session = gateway.Sessions.Find(browser.SessionId)!;
        using var events = await browser.GetAsync($"{browser.Bar}/events");
        using var lines = new StreamReader(await events.Content.ReadAsStreamAsync());
        Assert.Equal("event: window", await lines.ReadLineAsync());
        var moved = DateTimeOffset.UtcNow.AddMinutes(42);
        session.MoveEnd(moved);
        string? line;
        while ((line = await lines.ReadLineAsync()) is not null && !line.Contains($"\"endsAt\":{moved.ToUnixTimeMilliseconds()}", StringComparison.Ordinal))
        {
        }

        Assert.NotNull(line);
        session.MoveEnd(DateTimeOffset.UtcNow);
        var rest = await lines.ReadToEndAsync();
        Assert.Contains("event: ended", rest, StringComparison.Ordinal);
        Assert.Contains("The time of your grant is over.", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_whose_tab_was_closed_ends()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { LinkGraceSeconds = 1 });
        var session = gateway.Sessions.Find(browser.SessionId)!;
        await session.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(SessionEndReason.BrowserLost, session.Ended?.Reason);
    }

    [Fact]
    public async Task When_the_recording_fails_the_session_ends_and_the_request_is_not_answered_by_the_asset()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        var session = gateway.Sessions.Find(browser.SessionId)!;
        await gateway.Recording(browser.SessionId).Writer.SealAsync("user", CancellationToken.None);
        using var answer = await browser.PostAsync("/setpoint", new StringContent("1"));
        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.Equal(SessionEndReason.RecordingFailed, session.Ended?.Reason);
        Assert.Empty(asset.Requests);
    }
}
