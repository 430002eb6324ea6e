using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>Requests that two servers could read differently: refused, or passed on as the one thing that the gateway judged. Never as a second request.</summary>
public sealed class SmugglingTests : IAsyncLifetime
{
    private const string Hidden = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

    private readonly RawAsset _asset = new();
    private WebGateway _gateway = null!;
    private WebBrowser _browser = null!;

    private string Head => $"Host: {new Uri(_browser.Hmi).Authority}\r\nOrigin: {_browser.Hmi}\r\nCookie: {_browser.Cookies.GetCookieHeader(new Uri(_browser.Hmi))}\r\n";

    public async Task InitializeAsync()
    {
        _gateway = await WebGateway.StartAsync();
        _browser = await _gateway.ConnectAsync(_asset.Port);
    }

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _gateway.DisposeAsync();
        await _asset.DisposeAsync();
    }

    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + Hidden)] // CL.TE
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 60\r\n", "1\r\nA\r\n0\r\n\r\n" + Hidden)] // TE.CL
    [InlineData("Content-Length: 0\r\nContent-Length: 36\r\n", Hidden)] // two lengths
    [InlineData("Content-Length: 36, 0\r\n", Hidden)]
    [InlineData("Content-Length: 0x0\r\n", Hidden)]
    [InlineData("Content-Length: -1\r\n", Hidden)]
    [InlineData("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n" + Hidden)]
    [InlineData("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + Hidden)]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + Hidden)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n" + Hidden)]
    [InlineData("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + Hidden)] // space before the colon
    [InlineData("Content-Length : 36\r\n", Hidden)]
    [InlineData("X-A: b\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n" + Hidden)] // obs-fold
    [InlineData("X-A: b\r\n\tcontinued\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n", "4;\n\r\nAAAA\r\n0\r\n\r\n")] // bare LF in a chunk's extension
    [InlineData("Transfer-Encoding: chunked\r\n", "-1\r\nA\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\nA\r\n0\r\n\r\n")]
    [InlineData("X\0: y\r\n", "")]
    [InlineData("X-A: b\rTransfer-Encoding: chunked\r\n", "")] // bare CR
    public async Task Is_refused(string headers, string body)
    {
        var answer = await RawHttp.SendAsync(_gateway.Port, $"POST /first HTTP/1.1\r\n{Head}{headers}\r\n{body}");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(_asset.Requests, request => request.Contains("smuggled", StringComparison.Ordinal));
        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_length_with_a_sign_that_Kestrel_reads_hides_nothing_from_the_gateway()
    {
        // What it takes for a second request was judged as one: it has no session.
        var answer = await RawHttp.SendAsync(_gateway.Port, $"POST /first HTTP/1.1\r\n{Head}Content-Length: +0\r\n\r\n{Hidden}");
        Assert.DoesNotContain(_asset.Requests, request => request.Contains("smuggled", StringComparison.Ordinal));
        Assert.DoesNotContain("HTTP/1.1 200", answer[(answer.IndexOf("HTTP/1.1 ", StringComparison.Ordinal) + 9)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET http://127.0.0.1:22/ HTTP/1.1\r\n{0}\r\n")] // another host in absolute form
    [InlineData("GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\n{0}\r\n")]
    [InlineData("get / HTTP/1.1\r\n{0}\r\n")] // no method that the service knows
    [InlineData("CONNECT 127.0.0.1:22 HTTP/1.1\r\n{0}\r\n")]
    [InlineData("GET / HTTP/1.1\r\n{0}Host: other\r\n\r\n")] // two hosts
    [InlineData("GET / HTTP/1.1\r\n\r\n")] // none
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\n{0}\r\n")]
    [InlineData("GET / HTTP/1.1\r\n{0}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n{0}Content-Length: 5\r\n\r\nhello")] // a body that a reader would not expect
    [InlineData("GET / HTTP/1.1\r\n{0}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    public async Task Is_not_passed_on(string request)
    {
        var answer = await RawHttp.SendAsync(_gateway.Port, string.Format(System.Globalization.CultureInfo.InvariantCulture, request, Head));
        Assert.Matches("^HTTP/1.1 4\\d\\d", answer);
        Assert.Empty(_asset.Requests);
    }

    [Fact]
    public async Task Line_breaks_in_a_path_stay_what_they_are()
    {
        await RawHttp.SendAsync(_gateway.Port, $"GET /a%0d%0aX-Injected:%20yes%0d%0a HTTP/1.1\r\n{Head}Connection: close\r\n\r\n");
        Assert.All(_asset.Requests, request => Assert.DoesNotContain("\r\nX-Injected", request, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_request_in_the_body_of_an_allowed_one_is_not_served_where_paths_are_limited()
    {
        // The asset reads no body, so on a kept connection it would take this for its next request.
        using var limited = await _gateway.ConnectAsync(_asset.Port, o => o with { Policy = new WebPolicy { PathPrefixes = ["/visu"], StartPath = "/visu" } });
        using var answer = await limited.PostAsync("/visu", new StringContent(Hidden));
        using var next = await limited.GetAsync("/visu");
        Assert.All(_asset.Requests, request => Assert.Matches("^(POST|GET) /visu ", request));
        Assert.Contains(_asset.Requests, request => request.StartsWith("POST", StringComparison.Ordinal) && request.Contains("Connection: close", StringComparison.OrdinalIgnoreCase));
    }

    // RFC 9113, section 8.1: over HTTP/2 a body is announced by nothing; to the asset it would go as a GET with chunks.
    [Theory]
    [InlineData("GET", "", Hidden)]
    [InlineData("HEAD", "", Hidden)]
    [InlineData("GET", "content-length: 36", Hidden)]
    [InlineData("GET", "content-length: 0", Hidden)]
    [InlineData("POST", "content-length: 4", Hidden)]
    [InlineData("POST", "content-length: 400", Hidden)]
    [InlineData("POST", "transfer-encoding: chunked", "0\r\n\r\n" + Hidden)]
    [InlineData("POST", "connection: transfer-encoding", Hidden)]
    [InlineData("POST", "x-a: b\r\nTransfer-Encoding: chunked", null)]
    [InlineData("POST", "transfer-encoding\r\n: chunked", null)]
    [InlineData("POST", "transfer-encoding : chunked", null)]
    [InlineData("GET / HTTP/1.1\r\nX-A:", "", null)]
    public async Task Is_not_passed_on_from_http_2(string method, string header, string? body)
    {
        await using var gateway = await WebGateway.StartAsync("web.localhost", tls: true);
        using var browser = await gateway.ConnectAsync(_asset.Port);
        var frames = await RawHttp2.SendAsync(gateway.Port, Http2Head(browser, method, header), body);

        Assert.NotEmpty(frames);
        Assert.DoesNotContain(_asset.Requests, request => request.Contains("smuggled", StringComparison.Ordinal) || request.StartsWith("GET", StringComparison.Ordinal) || request.StartsWith("HEAD", StringComparison.Ordinal));

        Assert.DoesNotContain(_asset.Requests, request => request.Contains("chunked", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET", null)]
    [InlineData("POST", "setpoint=5")]
    public async Task An_honest_request_by_http_2_passes(string method, string? body)
    {
        await using var gateway = await WebGateway.StartAsync("web.localhost", tls: true);
        using var browser = await gateway.ConnectAsync(_asset.Port);
        Assert.Equal(["answer"], (await RawHttp2.SendAsync(gateway.Port, Http2Head(browser, method, ""), body)).Distinct());
        Assert.StartsWith($"{method} /first HTTP/1.1", _asset.Requests.First(), StringComparison.Ordinal);
    }

    private static (string, string)[] Http2Head(WebBrowser browser, string method, string header)
    {
        (string, string)[] head =
        [
            (":method", method), (":scheme", "https"), (":authority", new Uri(browser.Hmi).Authority), (":path", "/first"),
            ("origin", browser.Hmi), ("cookie", browser.Cookies.GetCookieHeader(new Uri(browser.Hmi))),
        ];
        return header.Length == 0 ? head : [.. head, (header[..header.IndexOf(": ", StringComparison.Ordinal)], header[(header.IndexOf(": ", StringComparison.Ordinal) + 2)..])];
    }
}
