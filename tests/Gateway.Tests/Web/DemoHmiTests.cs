using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>The demo plant's HMI through the gateway: absolute links, its own host name everywhere, cookies, a live socket, a self-signed certificate.</summary>
public sealed class DemoHmiTests(DemoHmi hmi) : IClassFixture<DemoHmi>
{
    [Fact]
    public async Task The_first_page_is_behind_the_log_in_and_every_link_is_the_sessions()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order());
        using var page = await browser.GetAsync("/");
        var html = await page.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("Level set-point", html, StringComparison.Ordinal);
        Assert.Contains($"src=\"{browser.Hmi}/app.js\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain($"127.0.0.1:{hmi.Port}", html, StringComparison.Ordinal);
        Assert.DoesNotContain($"127.0.0.1:{hmi.Port}", await browser.GetStringAsync("/app.js"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_recipe_a_person_signs_in_and_the_redirects_stay_in_the_session()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order(o => o with { Credential = null }));
        using var refused = await browser.GetAsync("/");
        Assert.Equal("/login", refused.Headers.Location?.ToString());
        var form = await browser.GetStringAsync("/login");
        var token = form.Split("name=\"form\" value=\"")[1].Split('"')[0];

        using var entered = await browser.PostAsync("/login", new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal) { ["form"] = token, ["name"] = "operator", ["password"] = "demo" }));
        Assert.Equal("/", entered.Headers.Location?.ToString());

        // The session's token stays in the gateway; what scripts need is the browser's, for this host alone.
        var cookies = entered.Headers.GetValues("Set-Cookie").ToList();
        Assert.Equal($"STATIONTOKEN", Assert.Single(cookies).Split('=')[0]);
        Assert.DoesNotContain("domain", cookies[0], StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Level set-point", await browser.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_point_is_written_and_the_recording_holds_it()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order());
        await SetPointAsync(browser, 88);
        Assert.Contains("\"setpoint\":88", await browser.GetStringAsync("/api/setpoint"), StringComparison.Ordinal);

        var traces = await gateway.EndAndReadAsync(browser);
        var target = Assert.IsType<HttpTarget>(traces[0]);
        Assert.Equal($"https://127.0.0.1:{hmi.Port}", target.Origin);
        var begun = Assert.Single(traces.OfType<HttpBegun>(), b => b.Path == "/api/setpoint" && b.Method == "POST");
        var exchange = Assert.Single(traces.OfType<HttpExchange>(), e => e.Path == "/api/setpoint" && e.Method == "POST");
        Assert.Equal(("/api/setpoint", begun.N), (begun.Path, exchange.N));
        Assert.Equal((200, "{\"setpoint\":88}"), (exchange.Status, exchange.Body?.Text));
    }

    [Fact]
    public async Task The_live_socket_ticks_and_each_message_is_recorded_with_its_direction()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order());
        using var socket = await browser.OpenSocketAsync("/live");
        Assert.Contains("\"tick\":", await WebBrowser.ReceiveAsync(socket), StringComparison.Ordinal);
        await socket.SendAsync("hello station"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        while (!(await WebBrowser.ReceiveAsync(socket)).Contains("hello station", StringComparison.Ordinal))
        {
        }

        var traces = await gateway.EndAndReadAsync(browser);
        var opened = Assert.Single(traces.OfType<HttpSocketOpened>());
        var messages = traces.OfType<HttpSocketMessage>().Where(m => m.N == opened.N).ToList();
        Assert.Contains(messages, m => !m.FromAsset && m.Body.Text == "hello station");
        Assert.Contains(messages, m => m.FromAsset && m.Body.Text!.Contains("hello station", StringComparison.Ordinal));
        var closed = Assert.Single(traces.OfType<HttpSocketClosed>());
        Assert.Equal((1, messages.Count - 1), (closed.SentMessages, closed.ReceivedMessages));
    }

    [Fact]
    public async Task Events_arrive_while_the_stream_is_open()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order());
        using var stream = await browser.GetAsync("/alarms");
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync());
        Assert.Equal("data: Station started", await lines.ReadLineAsync());
        await SetPointAsync(browser, 99);
        await lines.ReadLineAsync();
        Assert.Equal("data: Set-point 99 cm", await lines.ReadLineAsync());
    }

    [Fact]
    public async Task Ranges_and_uploads_pass_and_a_download_is_known_by_its_hash()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order());
        var whole = await browser.GetStringAsync("/trend.csv");
        using var part = await browser.GetAsync("/trend.csv", r => r.Headers.Range = new System.Net.Http.Headers.RangeHeaderValue(7, 20));
        Assert.Equal((HttpStatusCode.PartialContent, whole[7..21]), (part.StatusCode, await part.Content.ReadAsStringAsync()));

        // More than the gateway allows elsewhere.
        using var upload = await browser.PostAsync("/api/recipe", new ByteArrayContent(new byte[500_000]));
        Assert.Equal("{\"bytes\":500000}", await upload.Content.ReadAsStringAsync());

        var traces = await gateway.EndAndReadAsync(browser);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(whole)));
        Assert.Contains(traces.OfType<HttpExchange>(), e => e.Download == hash);
        var body = traces.OfType<HttpExchange>().Single(e => e.Path == "/api/recipe").Body!;
        Assert.Equal((500_000L, true), (body.Length, body.Truncated));
    }

    [Fact]
    public async Task Headers_that_would_break_the_frame_or_bind_the_browser_are_gone()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order());
        using var page = await browser.GetAsync("/");
        Assert.False(page.Headers.Contains("X-Frame-Options"));
        Assert.False(page.Headers.Contains("Strict-Transport-Security"));
        var policies = page.Headers.GetValues("Content-Security-Policy").ToList();
        Assert.DoesNotContain(policies, p => p.Contains("frame-ancestors 'none'", StringComparison.Ordinal));
        Assert.Contains(policies, p => p == $"frame-ancestors {browser.Bar} {browser.Hmi}");
        Assert.Contains(policies, p => p.Contains($"connect-src {browser.Hmi}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_the_asset_forgets_the_sign_in_the_gateway_signs_in_again()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order());
        gateway.Sessions.Find(browser.SessionId)!.Jar.Clear();
        using var sent = await browser.GetAsync("/?view=1");
        Assert.Equal((HttpStatusCode.TemporaryRedirect, "/?view=1"), (sent.StatusCode, sent.Headers.Location?.ToString()));
        Assert.Contains("Level set-point", await browser.GetStringAsync("/?view=1"), StringComparison.Ordinal);

        // Not again and again: then the person sees what the asset says.
        gateway.Sessions.Find(browser.SessionId)!.Jar.Clear();
        using var refused = await browser.GetAsync("/");
        Assert.Equal("/login", refused.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_wrong_password_is_said_before_the_first_page()
    {
        await using var gateway = await WebGateway.StartAsync();
        var order = hmi.Order(o => o with { Credential = new Gateway.Web.WebCredential.Form("operator", "wrong", DemoHmi.Recipe) });
        using var browser = new WebBrowser(gateway, order.SessionId);
        using var answer = await browser.GetAsync($"{browser.Bar}/?ticket={gateway.Ticket(order)}");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("refused the stored user name or password", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_is_in_the_recording()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order());
        await SetPointAsync(browser, 101);
        using var typed = await browser.PostAsync("/login?token=in-the-query", new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = "operator", ["password"] = "typed-by-hand" }));
        using var json = await browser.PostAsync("/api/recipe", JsonContent.Create(new { user = new { Pwd = "typed-by-hand" }, level = 3 }));
        var secrets = gateway.Sessions.Find(browser.SessionId)!.Jar.All().Select(c => c.Value).ToList();
        var cookie = browser.Cookies.GetCookieHeader(new Uri(browser.Hmi)).Split("sallyport=")[1].Split(';')[0];

        var all = string.Join('\n', (await gateway.EndAndReadAsync(browser)).Select(t => System.Text.Encoding.UTF8.GetString(t.Encode())));
        Assert.Equal(2, secrets.Count);
        Assert.All([.. secrets, cookie, "typed-by-hand", "in-the-query"], secret => Assert.DoesNotContain(secret, all, StringComparison.Ordinal));
        Assert.Contains("name=operator&password=***", all, StringComparison.Ordinal);
        Assert.Contains("/login?token=***", all, StringComparison.Ordinal);
        Assert.Contains("\\\"level\\\":3", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_har_of_a_session_has_its_requests_and_messages()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order());
        await SetPointAsync(browser, 120);
        using (var socket = await browser.OpenSocketAsync("/live"))
        {
            await WebBrowser.ReceiveAsync(socket);
        }

        await gateway.EndAndReadAsync(browser);
        using var har = JsonDocument.Parse(await gateway.Recording(browser.SessionId).ExportHarAsync());
        var entries = har.RootElement.GetProperty("log").GetProperty("entries").EnumerateArray().ToList();
        var post = entries.Single(e => e.GetProperty("request").GetProperty("method").GetString() == "POST" && !e.TryGetProperty("comment", out _));
        Assert.Equal($"https://127.0.0.1:{hmi.Port}/api/setpoint", post.GetProperty("request").GetProperty("url").GetString());
        Assert.Equal("{\"setpoint\":120}", post.GetProperty("request").GetProperty("postData").GetProperty("text").GetString());
        Assert.Contains(entries, e => e.TryGetProperty("_webSocketMessages", out var messages) && messages.GetArrayLength() > 0);
    }

    private static async Task SetPointAsync(WebBrowser browser, int value)
    {
        var token = browser.Cookies.GetCookies(new Uri(browser.Hmi))["STATIONTOKEN"]!.Value;
        using var answer = await browser.PostAsync("/api/setpoint", JsonContent.Create(new { setpoint = value }), r => r.Headers.Add("X-Station-Token", token));
        Assert.Equal($"Set-point is {value} cm.", await answer.Content.ReadAsStringAsync());
    }
}
