using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>
/// Every address of the running portal that can do something, asked with a signed-in admin's cookies as pages of other origins would.
/// An address that is for other origins stands in a list here, with what it goes by instead of a cookie.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class OriginTests(PortalInstance portal) : IClassFixture<PortalInstance>
{
    private static readonly string[] ForOtherOrigins =
    [
        "POST /back-channel-logout", // a token that the provider signed
        "POST /openid/authorize", // becomes a GET, without doing anything
        "POST /openid/end-session", // the same
        "POST /openid/token", // a code and the client's secret
        "POST /openid/userinfo", // a bearer token
    ];

    [Fact]
    public async Task No_page_of_another_origin_can_send_to_any_address()
    {
        using var admin = await portal.SignedInAsync(Role.Admin, Role.Compliance, Role.Technician, Role.Operator);
        var own = new Uri(portal.Url);
        (string? Origin, string? Site)[] foreign =
        [
            ("https://evil.example", null),
            ("https://evil.example", "cross-site"),
            ("null", null),
            ("null", "cross-site"),
            ($"http://{own.Host}:{own.Port + 1}", "same-site"), // the sibling port of repro 2
            ($"http://web.{own.Authority}", "same-site"),
            ($"{portal.Url}.evil.example", "cross-site"),
            ($"https://{own.Authority}", "same-site"),
            ("", null),
            (null, "cross-site"),
            (null, "same-site"),
            (portal.Url, "same-site"), // whoever wrote Origin, it was not this browser
        ];

        var open = new List<string>();
        foreach (var (method, path) in Endpoints())
        {
            foreach (var (origin, site) in foreign)
            {
                using var request = Request(method, path, origin, site);
                using var answer = await admin.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                if (!await IsRefusedAsync(answer))
                {
                    open.Add($"{method} {path} for Origin {origin ?? "–"}, Sec-Fetch-Site {site ?? "–"}: {(int)answer.StatusCode}");
                }
            }
        }

        Assert.True(open.Count == 0, string.Join('\n', open));
    }

    [Fact]
    public async Task Own_pages_and_programs_without_an_origin_can()
    {
        using var admin = await portal.SignedInAsync(Role.Admin);
        foreach (var (method, path) in Endpoints())
        {
            foreach (var (origin, site) in new[] { (portal.Url, null), (portal.Url, "same-origin"), ("null", "same-origin"), ((string?)null, (string?)null), (null, "none") })
            {
                using var request = Request(method, path, origin, site);
                using var answer = await admin.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                Assert.False(await IsRefusedAsync(answer), $"{method} {path} for {origin}, {site}");
            }
        }
    }

    [Theory]
    [InlineData("/_blazor")]
    [InlineData("/_BLAZOR")]
    [InlineData("/")]
    [InlineData("/no-such-page")]
    public async Task A_WebSocket_needs_the_portals_own_origin(string path)
    {
        using var admin = await portal.SignedInAsync(Role.Admin);
        foreach (var origin in new[] { null, "https://evil.example", "null", portal.Url + "0" })
        {
            using var request = Request("GET", path, origin, null);
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.ParseAdd("WebSocket");
            using var answer = await admin.Http.SendAsync(request);
            Assert.True(await IsRefusedAsync(answer), $"{origin}: {(int)answer.StatusCode}");
        }
    }

    [Fact]
    public async Task What_clients_of_the_provider_send_is_answered_whatever_page_it_comes_from()
    {
        using var anybody = portal.NewBrowser();
        foreach (var name in ForOtherOrigins)
        {
            using var request = Request("POST", name.Split(' ')[1], "https://client.example", "cross-site");
            request.Content = new FormUrlEncodedContent([new("grant_type", "authorization_code")]);
            using var answer = await anybody.Http.SendAsync(request);
            Assert.False(await IsRefusedAsync(answer), $"{name}: {(int)answer.StatusCode}");
        }
    }

    [Fact]
    public async Task A_link_from_another_site_leads_to_the_page()
    {
        using var admin = await portal.SignedInAsync(Role.Admin);
        using var request = Request("GET", "/users", null, "cross-site");
        using var answer = await admin.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static HttpRequestMessage Request(string method, string path, string? origin, string? site)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        if (site is not null)
        {
            request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", site);
        }

        return request;
    }

    // Other checks refuse with 403, too: only the guard's own sentence counts.
    private static async Task<bool> IsRefusedAsync(HttpResponseMessage answer) =>
        answer.StatusCode == HttpStatusCode.Forbidden && (await answer.Content.ReadAsStringAsync()).StartsWith("This was sent by a page of another address", StringComparison.Ordinal);

    /// <summary>All that is routed and may change something, and every address of circuits by any method.</summary>
    private IEnumerable<(string Method, string Path)> Endpoints() =>
        from endpoint in portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null
        let path = EndpointTests.Path(endpoint)
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST", "PUT", "DELETE"]
        where (method is not ("GET" or "HEAD") || path.StartsWith("/_blazor", StringComparison.Ordinal)) && !ForOtherOrigins.Contains($"{method} {path}", StringComparer.Ordinal)
        select (method, path);
}
