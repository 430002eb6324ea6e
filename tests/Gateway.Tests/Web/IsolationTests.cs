using System.Net;
using System.Net.WebSockets;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web;
using Sallyport.Gateway.Web.Asset;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>What an asset, another session, or a page somewhere else tries, and what becomes of it.</summary>
public sealed class IsolationTests
{
    [Theory]
    [InlineData("http://127.0.0.1:{0}/health")] // the gateway itself
    [InlineData("http://localhost:{0}/health")]
    [InlineData("//127.0.0.1:{0}/health")]
    [InlineData("/\\127.0.0.1:{0}/health")]
    [InlineData("\\\\127.0.0.1:{0}\\health")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("https://example.com/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://127.0.0.1@example.com/")]
    public async Task A_redirect_elsewhere_is_followed_by_nobody(string location)
    {
        WebGateway? gateway = null;
        await using var asset = new RawAsset(_ => $"HTTP/1.1 302 Found\r\nLocation: {string.Format(System.Globalization.CultureInfo.InvariantCulture, location, gateway!.Port)}\r\nContent-Length: 0\r\n\r\n");
        await using (gateway = await WebGateway.StartAsync())
        {
            using var browser = await gateway.ConnectAsync(asset.Port);
            using var answer = await browser.GetAsync("/", r => r.Headers.Add("Accept", "text/html"));
            Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
            Assert.Null(answer.Headers.Location);
            var page = await answer.Content.ReadAsStringAsync();
            Assert.Contains("not part of this service", page, StringComparison.Ordinal);
            Assert.DoesNotContain("the gateway itself", page, StringComparison.Ordinal);
            Assert.Single(asset.Requests);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/next?a=1#b", "/next?a=1#b")]
    [InlineData("http://panel-7:{0}/next", "/next")]
    [InlineData("//panel-7:{0}/next", "/next")]
    [InlineData("next", "/dir/next")]
    [InlineData("/next", "/next")]
    [InlineData("?x=1", "/dir/page?x=1")]
    [InlineData("http://127.0.0.1:{0}//elsewhere.example/x", "(hmi)//elsewhere.example/x")] // not a host, although it looks like one
    public async Task A_redirect_of_the_asset_to_itself_stays_in_the_session(string location, string expected)
    {
        RawAsset? asset = null;
        await using (asset = new RawAsset(_ => $"HTTP/1.1 302 Found\r\nLocation: {string.Format(System.Globalization.CultureInfo.InvariantCulture, location, asset!.Port)}\r\nContent-Length: 0\r\n\r\n"))
        {
            await using var gateway = await WebGateway.StartAsync();
            using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Aliases = ["panel-7"] });
            using var answer = await browser.GetAsync("/dir/page");
            Assert.Equal((HttpStatusCode.Found, expected.Replace("(hmi)", browser.Hmi, StringComparison.Ordinal)), (answer.StatusCode, answer.Headers.Location?.ToString()));
        }
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1")]
    [InlineData("00000000000000000000000000000000.evil.example")]
    [InlineData("localhost")]
    public async Task A_name_that_was_rebound_to_the_gateway_reaches_no_session(string host)
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        var cookie = browser.Cookies.GetCookieHeader(new Uri(browser.Hmi));
        var answer = await RawHttp.SendAsync(gateway.Port, $"GET / HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nX-Forwarded-Host: {new Uri(browser.Hmi).Authority}\r\nForwarded: host={new Uri(browser.Hmi).Authority}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.Empty(asset.Requests);
    }

    [Theory]
    [InlineData("x.localhost")]
    [InlineData("bar.localhost")]
    [InlineData("a.00000000000000000000000000000000.localhost")]
    [InlineData("0000000000000000000000000000000g.localhost")]
    [InlineData("00000000-0000-0000-0000-000000000000.localhost")]
    public async Task A_host_below_the_web_domain_that_is_no_session_is_misdirected(string host)
    {
        await using var gateway = await WebGateway.StartAsync();
        var answer = await RawHttp.SendAsync(gateway.Port, $"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 421", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_asset_is_told_its_own_name_and_nothing_that_the_client_invents()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Host = "panel-7" });
        using var answer = await browser.GetAsync("/", request =>
        {
            foreach (var name in (string[])["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-User", "Forwarded", "X-Real-IP", "Via", "X-Original-URL", "X-Rewrite-URL", "X-WebAuth-User", "Remote-User", "Proxy-Authorization", "X_Forwarded_For", "Max-Forwards"])
            {
                request.Headers.TryAddWithoutValidation(name, "invented");
            }

            request.Headers.TryAddWithoutValidation("Connection", "X-Hop");
            request.Headers.TryAddWithoutValidation("X-Hop", "invented");
            request.Headers.TryAddWithoutValidation("X-Visu-Client", "kept");
            request.Headers.TryAddWithoutValidation("Referer", browser.Hmi + "/from?a=1");
            request.Headers.TryAddWithoutValidation("Cookie", "portal=secret");
        });
        var head = Assert.Single(asset.Requests);
        Assert.Contains($"\r\nHost: panel-7:{asset.Port}\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nReferer: http://panel-7:{asset.Port}/from?a=1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Visu-Client: kept\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("invented", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Cookie", head, StringComparison.Ordinal);
        Assert.DoesNotContain("sallyport", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(browser.SessionId.ToString("N"), head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cookies_that_another_origin_tossed_in_do_not_reach_the_asset()
    {
        await using var asset = new RawAsset(_ => RawAsset.Ok("hello", "Set-Cookie: SID=right; HttpOnly; Path=/\r\nSet-Cookie: lang=de; Path=/\r\nSet-Cookie: sallyport=stolen; Path=/\r\n"));
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Policy = new WebPolicy { PageCookies = ["theme"] } });

        // Before the asset has set anything: what would fix its session.
        using var first = await browser.GetAsync("/", r => r.Headers.Add("Cookie", "SID=tossed; lang=tossed; theme=dark; other=tossed"));
        Assert.Equal(["lang=de; Path=/; SameSite=Lax"], first.Headers.GetValues("Set-Cookie"));
        using var second = await browser.GetAsync("/", r => r.Headers.Add("Cookie", "SID=tossed; lang=tossed; lang=tossed2; theme=dark"));
        var heads = asset.Requests.ToArray();
        Assert.Contains("\r\nCookie: theme=dark\r\n", heads[0], StringComparison.Ordinal);
        Assert.Contains("\r\nCookie: SID=right; lang=de; theme=dark\r\n", heads[1], StringComparison.Ordinal);

        // And one for the session's own cookie neither helps nor hurts.
        using var third = await browser.GetAsync("/", r => r.Headers.Add("Cookie", "sallyport=tossed"));
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Theory]
    [InlineData("same-site", "no-cors", "empty", HttpStatusCode.Forbidden)]
    [InlineData("same-site", "cors", "empty", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", "no-cors", "image", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", "no-cors", "script", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", "cors", "empty", HttpStatusCode.OK)]
    [InlineData("same-site", "navigate", "iframe", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", "navigate", "iframe", HttpStatusCode.Forbidden)]
    [InlineData("same-site", "navigate", "object", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", "navigate", "iframe", HttpStatusCode.OK)]
    public async Task Pages_of_other_origins_cannot_use_a_session(string site, string mode, string destination, HttpStatusCode expected)
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        using var answer = await browser.GetAsync("/", r =>
        {
            r.Headers.Add("Sec-Fetch-Site", site);
            r.Headers.Add("Sec-Fetch-Mode", mode);
            r.Headers.Add("Sec-Fetch-Dest", destination);
        });
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? 1 : 0, asset.Requests.Count);
    }

    [Theory]
    [InlineData("same-site")]
    [InlineData("cross-site")]
    public async Task A_window_that_another_page_opens_on_the_hmi_comes_to_the_bar_even_where_the_hmi_may_open_windows(string site)
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Policy = new WebPolicy { AllowPopups = true } });
        using var answer = await browser.GetAsync("/set.cgi?p=1", r =>
        {
            r.Headers.Add("Sec-Fetch-Site", site);
            r.Headers.Add("Sec-Fetch-Mode", "navigate");
            r.Headers.Add("Sec-Fetch-Dest", "document");
        });
        Assert.Equal((HttpStatusCode.SeeOther, browser.Bar + "/"), (answer.StatusCode, answer.Headers.Location?.ToString()));
        Assert.Empty(asset.Requests);
    }

    [Fact]
    public async Task Another_origins_form_or_socket_is_refused()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        foreach (var origin in (string[])[browser.Bar, gateway.Origins.Hmi(Guid.NewGuid()), "https://portal.example", "null"])
        {
            using var form = await browser.SendAsync(HttpMethod.Post, "/setpoint", new StringContent("1"), r => r.Headers.TryAddWithoutValidation("Origin", origin));
            Assert.Equal(HttpStatusCode.Forbidden, form.StatusCode);
            await Assert.ThrowsAsync<WebSocketException>(() => browser.OpenSocketAsync("/live", origin));
        }

        Assert.Empty(asset.Requests);
    }

    [Theory]
    [InlineData("same-origin", HttpStatusCode.OK)]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.Forbidden)]
    public async Task A_page_that_hides_its_origin_is_believed_only_where_the_browser_vouches_for_it(string? site, HttpStatusCode expected)
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        using var form = await browser.SendAsync(HttpMethod.Post, "/", null, r =>
        {
            r.Headers.Add("Origin", "null");
            r.Headers.TryAddWithoutValidation("Sec-Fetch-Site", site);
        });
        Assert.Equal(expected, form.StatusCode);
    }

    [Fact]
    public async Task A_header_credential_is_put_in_and_takes_the_place_of_the_browsers()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Credential = new WebCredential.Header("X-Api-Key", "the-key") });
        using var answer = await browser.GetAsync("/", r => r.Headers.Add("X-Api-Key", "the-users-own"));
        await Assert.ThrowsAsync<WebSocketException>(() => browser.OpenSocketWithAsync("/live", socket => socket.SetRequestHeader("X-Api-Key", "the-users-own")));
        Assert.Equal(2, asset.Requests.Count);
        Assert.All(asset.Requests, head =>
        {
            Assert.Contains("\r\nX-Api-Key: the-key\r\n", head, StringComparison.Ordinal);
            Assert.DoesNotContain("the-users-own", head, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task The_asset_is_told_its_own_origin_and_a_hidden_one_stays_hidden()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Host = "panel-7" });
        using var own = await browser.PostAsync("/own", new StringContent(""));
        await Assert.ThrowsAsync<WebSocketException>(() => browser.OpenSocketAsync("/live"));
        using var hidden = await browser.SendAsync(HttpMethod.Post, "/hidden", null, r =>
        {
            r.Headers.Add("Origin", "null");
            r.Headers.Add("Sec-Fetch-Site", "same-origin");
        });
        var heads = asset.Requests.ToArray();
        Assert.All(heads[..2], head => Assert.Contains($"\r\nOrigin: http://panel-7:{asset.Port}\r\n", head, StringComparison.Ordinal));
        Assert.Contains("\r\nOrigin: null\r\n", heads[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_page_is_rewritten_too()
    {
        RawAsset? asset = null;
        await using (asset = new RawAsset(_ => RawAsset.Ok(Gzip($"<a href='http://127.0.0.1:{asset!.Port}/x'>"), "Content-Encoding: gzip\r\n")))
        {
            await using var gateway = await WebGateway.StartAsync();
            using var browser = await gateway.ConnectAsync(asset.Port);
            Assert.Equal($"<a href='{browser.Hmi}/x'>", await browser.GetStringAsync("/"));
        }

        static string Gzip(string text)
        {
            using var output = new MemoryStream();
            using (var gzip = new System.IO.Compression.GZipStream(output, System.IO.Compression.CompressionLevel.Fastest))
            {
                gzip.Write(System.Text.Encoding.UTF8.GetBytes(text));
            }

            return System.Text.Encoding.Latin1.GetString(output.ToArray());
        }
    }

    [Theory]
    [InlineData("https://web.example.com", true)]
    [InlineData("http://localhost:8081", true)]
    [InlineData("http://web.localhost", true)]
    [InlineData("http://web.example.com", false)]
    [InlineData("https://192.168.0.1", false)]
    [InlineData("https://web.example.com/path", false)]
    [InlineData("ftp://web.example.com", false)]
    [InlineData("web.example.com", false)]
    public void Sessions_are_only_where_browsers_keep_them_apart(string origin, bool safe) => Assert.Equal(safe, new WebOptions { Origin = origin }.HasSafeOrigin());

    [Fact]
    public async Task A_page_can_leave_no_service_worker_behind()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        using var worker = await browser.GetAsync("/sw.js", r => r.Headers.Add("Service-Worker", "script"));
        Assert.Equal(HttpStatusCode.Forbidden, worker.StatusCode);
    }

    [Fact]
    public async Task The_hmi_as_a_tab_of_its_own_is_led_back_below_the_bar()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port);
        using var tab = await browser.GetAsync("/", r =>
        {
            r.Headers.Add("Sec-Fetch-Dest", "document");
            r.Headers.Add("Sec-Fetch-Mode", "navigate");
            r.Headers.Add("Sec-Fetch-Site", "none");
        });
        Assert.Equal(browser.Bar + "/", tab.Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1.2.3")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("169.254.169.254")]
    [InlineData("fe80::1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("localhost")]
    public async Task An_assets_address_is_not_the_gateways_own(string address)
    {
        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => AssetAddress.ResolveAsync(address, allowLocal: false, CancellationToken.None));
        Assert.Contains("not one that an asset can have", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.168.10.010")]
    [InlineData("3232238089")]
    [InlineData("0xC0A80A09")]
    public async Task An_address_in_another_notation_is_asked_of_no_resolver(string address)
    {
        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => AssetAddress.ResolveAsync(address, allowLocal: true, CancellationToken.None));
        Assert.Contains("not known to the gateway", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_resolved_once_and_what_it_becomes_later_changes_nothing()
    {
        // Written as nobody else writes it, so that every question for it is this session's. What is told to the asset as its name is never looked up at all.
        const string Name = "lOcAlHoSt";
        const string Told = "name-that-resolves-to-nothing.invalid";
        using var questions = new NameQuestions();
        await using var asset = new RawAsset(_ => RawAsset.Ok("hello", "Connection: close\r\n"), closes: true);
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(asset.Port, o => o with { Address = Name, Host = Told });
        var before = asset.Connections;
        Assert.Equal("hello", await browser.GetStringAsync("/"));
        Assert.Equal("hello", await browser.GetStringAsync("/again"));
        await Assert.ThrowsAsync<WebSocketException>(() => browser.OpenSocketAsync("/live"));

        Assert.Equal(3, asset.Connections - before);
        Assert.Equal([Name], questions.Asked.Where(name => name.Equals(Told, StringComparison.OrdinalIgnoreCase) || name == Name));
        Assert.Equal(IPAddress.Loopback, gateway.Sessions.Find(browser.SessionId)!.Target.EndPoint.Address.MapToIPv4());
    }
}
