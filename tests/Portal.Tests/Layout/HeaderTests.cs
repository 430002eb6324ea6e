using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Layout;

/// <summary>What the portal's answers tell browsers, and to which names it answers at all.</summary>
[Collection(PostgresCollection.Name)]
public sealed class HeaderTests(PostgresCluster cluster, PortalInstance portal) : IClassFixture<PortalInstance>
{
    [Fact]
    public async Task Pages_may_connect_to_the_portal_and_to_its_gateways_and_to_nobody_else()
    {
        using var browser = portal.NewBrowser();
        var own = $"connect-src 'self' ws://{new Uri(portal.Url).Authority} ";
        Assert.Contains(own, await PolicyAsync(), StringComparison.Ordinal);
        await using (var db = portal.Services.GetRequiredService<PortalDbFactory>().ForSystem())
        {
            db.Add(new Gateway { Id = Guid.CreateVersion7(), Name = "one", KeyId = "k1", Spki = "s", Url = "https://gateway.example.com:8444", OverlayAddress = IPAddress.Loopback, CreatedAt = DateTimeOffset.UtcNow });
            await db.SaveChangesAsync();
        }

        // It hears of a gateway while it runs.
        var policy = await Eventually.FindsAsync("a policy that names the gateway", async () => await PolicyAsync() is var now && now.Contains("gateway.example.com", StringComparison.Ordinal) ? now : null);

        Assert.Contains(own + "wss://gateway.example.com:8444;", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("ws: ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("wss: ", policy, StringComparison.Ordinal);

        async Task<string> PolicyAsync()
        {
            using var answer = await browser.Http.GetAsync("/openid/sign-in");
            return string.Join(", ", answer.Headers.GetValues("Content-Security-Policy"));
        }
    }

    [Fact]
    public async Task No_answer_names_the_server()
    {
        using var browser = portal.NewBrowser();
        foreach (var path in new[] { "/", "/health", "/favicon.svg", "/no-such-page" })
        {
            using var answer = await browser.Http.GetAsync(path);
            Assert.False(answer.Headers.Contains("Server"), path);
        }
    }

    [Theory]
    [InlineData("/client/shell.js", HttpStatusCode.OK)]
    [InlineData("/client/shell.js.map", HttpStatusCode.NotFound)]
    [InlineData("/client/terminal.js.map", HttpStatusCode.NotFound)]
    public async Task Source_maps_are_not_served(string path, HttpStatusCode expected)
    {
        using var browser = portal.NewBrowser();
        using var answer = await browser.Http.GetAsync(path);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("/", "evil.example")]
    [InlineData("/users", "evil.example:8080")]
    [InlineData("/sign-in?returnUrl=/", "portal.example.com.evil.example")]
    [InlineData("/openid/authorize?client_id=portal", "127.0.0.1.evil.example")]
    [InlineData("/no-such-page", "localhost")]
    public async Task A_strangers_Host_is_refused_and_reflected_nowhere(string path, string host)
    {
        using var browser = portal.NewBrowser();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        using var answer = await browser.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        Assert.Null(answer.Headers.Location);
        Assert.DoesNotContain(host, await answer.Content.ReadAsStringAsync() + answer.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Machines_find_health_and_link_by_any_address()
    {
        using var browser = portal.NewBrowser();
        foreach (var (path, expected) in new[] { ("/health", HttpStatusCode.OK), ("/enroll/script", HttpStatusCode.OK), ("/link/hub/events", HttpStatusCode.Unauthorized) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = "198.51.100.1:8443";
            using var answer = await browser.Http.SendAsync(request);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Every_cookie_is_for_https_and_this_host_alone_where_browsers_come_by_https()
    {
        const string Url = "https://portal.example.com";
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        await using var secure = await PortalInstance.StartAsync(cluster, new() { ["Portal:PublicUrl"] = Url, ["Proxies:Trusted:0"] = "127.0.0.1", ["SignIn:Authority"] = provider.Url, ["SignIn:ClientId"] = HostileProvider.ClientId });
        using var browser = secure.NewBrowser();
        browser.Http.DefaultRequestHeaders.Host = "portal.example.com";
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        var set = new List<string>();
        foreach (var path in new[] { "/sign-in", "/openid/sign-in", "/first-run" })
        {
            using var answer = await browser.Http.GetAsync(path);
            set.AddRange(answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : []);
        }

        Assert.Contains(set, cookie => cookie.StartsWith("__Host-sallyport-signing-in-", StringComparison.Ordinal));
        Assert.Contains(set, cookie => cookie.StartsWith("__Host-sallyport-nonce-", StringComparison.Ordinal));
        Assert.All(set, cookie =>
        {
            Assert.StartsWith("__Host-", cookie, StringComparison.Ordinal);
            Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; path=/;", cookie + ";", StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
        });
    }
}
