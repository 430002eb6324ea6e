using System.Net;
using System.Net.WebSockets;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>What of a session's requests is in its recording, and that nothing reaches the asset before.</summary>
public sealed class RecordingTests : IAsyncLifetime
{
    private WebGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await WebGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task Headers_and_times_of_a_request_are_in_the_recording_and_credentials_are_not()
    {
        await using var asset = new RawAsset(_ => RawAsset.Ok("0123456789", "ETag: \"7\"\r\nLocation: /next?token=hidden#pin=hidden\r\nRefresh: 5; url=/next?access_token=hidden\r\nSet-Cookie: sid=hidden\r\nX-Inner: hidden\r\nServer: panel\r\n"));
        using var browser = await _gateway.ConnectAsync(asset.Port, o => o with { Credential = new WebCredential.Basic("operator", "hidden") });
        using var answer = await browser.GetAsync("/level?unit=1", r =>
        {
            r.Headers.UserAgent.ParseAdd("Panel/1.0");
            r.Headers.Add("X-Requested-With", "XMLHttpRequest");
            r.Headers.Add("X-Inner", "hidden");
        });
        await answer.Content.ReadAsStringAsync();

        var traces = await EndAndReadAsync(browser);
        var begun = Assert.Single(traces.OfType<HttpBegun>());
        var exchange = Assert.Single(traces.OfType<HttpExchange>());
        Assert.True(traces.IndexOf(begun) < traces.IndexOf(exchange));
        Assert.Equal((begun.N, "GET", "/level?unit=1", "HTTP/1.1", 200, 0L, 10L), (exchange.N, exchange.Method, exchange.Path, exchange.Protocol, exchange.Status, exchange.Sent, exchange.Received));
        Assert.InRange(exchange.WaitMs, 0, exchange.TotalMs);
        Assert.True(exchange.TotalMs > 0);
        Assert.Equal(new Dictionary<string, string>(StringComparer.Ordinal) { ["user-agent"] = "Panel/1.0", ["x-requested-with"] = "XMLHttpRequest" }, exchange.RequestHeaders);
        Assert.Equal(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["content-type"] = "text/html", ["etag"] = "\"7~shown\"", ["location"] = "/next?token=***#pin=***", ["refresh"] = "5; url=/next?access_token=***", ["server"] = "panel" },
            exchange.ResponseHeaders);
        Assert.All(traces, trace => Assert.DoesNotContain("hidden", System.Text.Encoding.UTF8.GetString(trace.Encode()), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET", "/set.cgi?pump=1")]
    [InlineData("GET", "/pump/on")]
    [InlineData("HEAD", "/")]
    [InlineData("POST", "/set")]
    public async Task What_cannot_be_recorded_does_not_reach_the_asset(string method, string path)
    {
        await using var asset = new RawAsset();
        using var browser = await _gateway.ConnectAsync(asset.Port);
        var session = _gateway.Sessions.Find(browser.SessionId)!;
        await _gateway.Recording(browser.SessionId).Writer.DisposeAsync();
        try
        {
            using var answer = await browser.SendAsync(new HttpMethod(method), path, null, r => r.Headers.Add("Origin", browser.Hmi));
            Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The session's end may cut the connection.
        }

        Assert.Empty(asset.Requests);
        Assert.Equal(SessionEndReason.RecordingFailed, session.Ended?.Reason);
    }

    [Theory]
    [InlineData("no HTTP at all\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzzz\r\n")]
    public async Task A_broken_answer_is_recorded(string broken)
    {
        var status = 200;
        await using var asset = new RawAsset(_ => broken);
        using var browser = await _gateway.ConnectAsync(asset.Port);
        try
        {
            using var answer = await browser.GetAsync("/");
            status = (int)answer.StatusCode;
            await answer.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            // It broke off here, too, if it had begun.
        }

        var exchange = Assert.Single((await EndAndReadAsync(browser)).OfType<HttpExchange>());
        Assert.Equal(status, exchange.Status);
        Assert.StartsWith("Broke off: ", Assert.Single(exchange.Notes!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_service_has_no_place_for_is_recorded_as_refused()
    {
        await using var asset = new SocketAsset();
        using var browser = await _gateway.ConnectAsync(asset.Port, o => o with { Policy = new WebPolicy { MaxConcurrentRequests = 1 } });
        var accepted = asset.AcceptAsync();
        using var socket = await browser.OpenSocketAsync("/live");
        using var station = await accepted;
        using var refused = await browser.GetAsync("/more");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);

        var exchange = Assert.Single((await EndAndReadAsync(browser)).OfType<HttpExchange>(), e => e.Path == "/more");
        Assert.Equal(503, exchange.Status);
        Assert.StartsWith("Refused: ", Assert.Single(exchange.Notes!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Protocol: a, a\r\n")]
    [InlineData("Accept-Language: \u0001\r\n")]
    public async Task A_socket_that_cannot_be_asked_for_is_recorded_as_refused(string header)
    {
        await using var asset = new SocketAsset();
        using var browser = await _gateway.ConnectAsync(asset.Port);
        var answer = await RawHttp.SendAsync(
            _gateway.Port,
            $"GET /live HTTP/1.1\r\nHost: {new Uri(browser.Hmi).Authority}\r\nCookie: {browser.Cookies.GetCookieHeader(new Uri(browser.Hmi))}\r\nOrigin: {browser.Hmi}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{header}\r\n");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);

        var exchange = Assert.Single((await EndAndReadAsync(browser)).OfType<HttpExchange>());
        Assert.Equal(("/live", 400), (exchange.Path, exchange.Status));
        Assert.Single(exchange.Notes!);
    }

    [Fact]
    public async Task A_socket_that_was_opened_at_the_asset_alone_is_recorded_to_its_end()
    {
        // The server takes no more upgraded connections.
        await using var full = await WebGateway.StartAsync(upgrades: 0);
        await using var asset = new SocketAsset();
        using var browser = await full.ConnectAsync(asset.Port);
        var accepted = asset.AcceptAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => browser.OpenSocketAsync("/live"));
        using var station = await accepted;

        var traces = await EndAndReadAsync(browser, full);
        Assert.Equal([typeof(HttpTarget), typeof(HttpBegun), typeof(HttpSocketOpened), typeof(HttpSocketClosed), typeof(HttpExchange)], traces.Select(t => t.GetType()));
        Assert.Equal((1006, 503), (Assert.Single(traces.OfType<HttpSocketClosed>()).Code, Assert.Single(traces.OfType<HttpExchange>()).Status));
    }

    [Fact]
    public async Task The_question_for_a_digest_log_ins_nonce_is_recorded_as_the_gateways()
    {
        await using var asset = new RawAsset(head => head.Contains("\r\nAuthorization: Digest ", StringComparison.Ordinal)
            ? head.StartsWith("HEAD", StringComparison.Ordinal) ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : RawAsset.Ok("done")
            : "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"panel\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n");
        using var browser = await _gateway.ConnectAsync(asset.Port, o => o with { Credential = new WebCredential.Digest("operator", "hidden") });
        using var answer = await browser.PostAsync("/set?pin=hidden", new StringContent("level=3"));
        Assert.Equal("done", await answer.Content.ReadAsStringAsync());

        var traces = await EndAndReadAsync(browser);
        var question = Assert.Single(traces.OfType<HttpExchange>(), e => e.Method == "HEAD");
        Assert.Equal(("/set?pin=***", 200, "By the gateway: asks for the nonce of the digest log-in."), (question.Path, question.Status, Assert.Single(question.Notes!)));
        Assert.Contains(traces.OfType<HttpBegun>(), b => b.N == question.N);
        Assert.Null(Assert.Single(traces.OfType<HttpExchange>(), e => e.Method == "POST").Notes);
        Assert.All(traces, trace => Assert.DoesNotContain("response=", System.Text.Encoding.UTF8.GetString(trace.Encode()), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_sign_in_at_a_form_and_the_one_again_are_recorded_as_the_gateways()
    {
        await using var asset = new RawAsset(head => head.StartsWith("GET /start", StringComparison.Ordinal) && !head.Contains("sid=1", StringComparison.Ordinal)
            ? "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
            : RawAsset.Ok("hello", head.StartsWith("POST", StringComparison.Ordinal) ? "Set-Cookie: sid=1\r\nConnection: close\r\n" : ""));
        var recipe = new WebFormRecipe("/login?by=gateway", "who", "word", Page: "/login", Json: false, SuccessCookie: "sid");
        using var browser = await _gateway.ConnectAsync(asset.Port, o => o with { Credential = new WebCredential.Form("operator", "hidden", recipe) });
        _gateway.Sessions.Find(browser.SessionId)!.Jar.Clear();
        using var sent = await browser.GetAsync("/start");
        Assert.Equal(HttpStatusCode.TemporaryRedirect, sent.StatusCode);

        var traces = await EndAndReadAsync(browser);
        string[] signIn = ["GET /login 200 By the gateway: opens the sign-in form.", "POST /login?by=gateway 200 By the gateway: signs in."];
        Assert.Equal(
            [.. signIn, .. signIn, "GET /start 307 The asset had forgotten its sign-in; signed in again."],
            traces.OfType<HttpExchange>().Select(e => $"{e.Method} {e.Path} {e.Status} {e.Notes![^1]}"));
        Assert.All(traces.OfType<HttpExchange>(), e => Assert.Equal((null, 0L), (e.Body, e.Sent)));
        Assert.Equal(5, traces.OfType<HttpBegun>().Count());
        Assert.All(traces, trace => Assert.DoesNotContain("hidden", System.Text.Encoding.UTF8.GetString(trace.Encode()), StringComparison.Ordinal));
    }

    private async Task<List<HttpTrace>> EndAndReadAsync(WebBrowser browser, WebGateway? gateway = null)
    {
        gateway ??= _gateway;
        var session = gateway.Sessions.Find(browser.SessionId)!;
        session.End(SessionEndReason.User, "You ended the session.");
        await session.Completion;
        return await gateway.Recording(browser.SessionId).ReadAsync();
    }
}
