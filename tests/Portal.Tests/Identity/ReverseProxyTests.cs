using System.Net;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>Who the portal takes somebody for when a header says that they come from elsewhere. The test is the proxy, or the liar.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ReverseProxyTests(PostgresCluster cluster)
{
    private const string Attempts = "3";

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.0/8")]
    public async Task A_trusted_proxys_word_is_in_the_audit_log_and_parts_the_rate_limit(string trusted)
    {
        await using var portal = await PortalInstance.StartAsync(cluster, new() { ["Proxies:Trusted:0"] = trusted });
        using var browser = portal.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        await browser.SignInAsync(await portal.AddUserAsync(Role.Technician));
        Assert.Equal("203.0.113.9", await AddressAsync(portal));

        await using var strict = await PortalInstance.StartAsync(cluster, new() { ["Proxies:Trusted:0"] = trusted, ["SignIn:AttemptsPerMinute"] = Attempts });
        Assert.Equal(HttpStatusCode.TooManyRequests, await KnockAsync(strict, "203.0.113.9", 4));
        Assert.NotEqual(HttpStatusCode.TooManyRequests, await KnockAsync(strict, "203.0.113.10", 1));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("192.0.2.1")]
    public async Task Anybody_elses_word_is_not(string? trusted)
    {
        Dictionary<string, string> settings = trusted is null ? [] : new() { ["Proxies:Trusted:0"] = trusted };
        await using var portal = await PortalInstance.StartAsync(cluster, new(settings));
        using var browser = portal.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        await browser.SignInAsync(await portal.AddUserAsync(Role.Technician));
        Assert.Equal("127.0.0.1", await AddressAsync(portal));

        await using var strict = await PortalInstance.StartAsync(cluster, new(settings) { ["SignIn:AttemptsPerMinute"] = Attempts });
        await KnockAsync(strict, "203.0.113.9", 3);
        Assert.Equal(HttpStatusCode.TooManyRequests, await KnockAsync(strict, "203.0.113.10", 1));
    }

    [Fact]
    public async Task What_a_browser_wrote_itself_is_not_believed_because_a_trusted_proxy_passed_it_on()
    {
        await using var portal = await PortalInstance.StartAsync(cluster, new() { ["Proxies:Trusted:0"] = "127.0.0.1", ["Proxies:Trusted:1"] = "10.0.0.7" });
        using var browser = portal.NewBrowser();

        // As two proxies in a row leave it: the first value is the browser's own invention.
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.1, 203.0.113.9, 10.0.0.7");
        await browser.SignInAsync(await portal.AddUserAsync(Role.Technician));

        Assert.Equal("203.0.113.9", await AddressAsync(portal));
    }

    private static async Task<HttpStatusCode> KnockAsync(PortalInstance portal, string from, int times)
    {
        using var browser = portal.NewBrowser();
        browser.Http.DefaultRequestHeaders.Add("X-Forwarded-For", from);
        var status = HttpStatusCode.OK;
        for (var i = 0; i < times; i++)
        {
            using var answer = await browser.Http.GetAsync("/signed-in?state=none");
            status = answer.StatusCode;
        }

        return status;
    }

    private static async Task<string> AddressAsync(PortalInstance portal)
    {
        await using var db = Npgsql.NpgsqlDataSource.Create(portal.Database.Portal);
        await using var command = db.CreateCommand("select body::jsonb ->> 'address' from audit.entries where action = 'sign-in' order by seq desc limit 1");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
