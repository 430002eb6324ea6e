using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>Requests that clients of the embedded provider push to it before their user comes (RFC 9126).</summary>
[Collection(PostgresCollection.Name)]
public sealed class PushedRequestTests(PushedRequestTests.PushedPortal portal) : IClassFixture<PushedRequestTests.PushedPortal>
{
    private const string Client = "server";
    private const string Secret = "a secret of the application";

    [Fact]
    public async Task The_portal_pushes_its_own_and_takes_nothing_of_it_from_an_address()
    {
        using var browser = portal.NewBrowser();
        var leaving = (await browser.Http.GetAsync("/sign-in")).Headers.Location!;
        Assert.Equal(["client_id", "request_uri"], QueryHelpers.ParseQuery(leaving.Query).Keys.Order());

        // A link that somebody else made for the portal begins nothing.
        using var client = new CodeClient(portal);
        var request = client.Request();
        (request["client_id"], request["redirect_uri"]) = (ProviderClients.PortalId, $"{portal.Url}/signed-in");
        using var victim = await portal.SignedInAsync(Role.Technician);
        var refused = await CodeClient.AuthorizeAsync(victim, request);
        Assert.DoesNotContain("code=", refused.Headers.Location?.Query ?? "", StringComparison.Ordinal);
        Assert.True(refused.StatusCode == HttpStatusCode.BadRequest || refused.Headers.Location!.Query.Contains("error=", StringComparison.Ordinal), $"{refused.StatusCode} {refused.Headers.Location}");
    }

    [Fact]
    public async Task A_pushed_request_gives_one_code()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        using var client = new CodeClient(portal);
        var pushed = await PushedAsync(client);

        Assert.NotNull(CodeClient.Answer(await CodeClient.AuthorizeAsync(browser, pushed))["code"]);

        await RefusedAsync(browser, pushed);
    }

    [Fact]
    public async Task A_pushed_request_waits_for_its_person_for_ten_minutes()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        using var client = new CodeClient(portal);
        var (inTime, late) = (await PushedAsync(client), await PushedAsync(client));

        portal.Time.Ahead += TimeSpan.FromMinutes(9);
        Assert.NotNull(CodeClient.Answer(await CodeClient.AuthorizeAsync(browser, inTime))["code"]);
        portal.Time.Ahead += TimeSpan.FromMinutes(1.1);
        await RefusedAsync(browser, late);
    }

    [Fact]
    public async Task A_pushed_request_is_its_clients_and_what_the_address_adds_counts_for_nothing()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        using var client = new CodeClient(portal);
        var pushed = await PushedAsync(client);

        await RefusedAsync(browser, new(pushed) { ["client_id"] = CodeClient.Id });
        await RefusedAsync(browser, new(pushed) { ["request_uri"] = pushed["request_uri"] + "x" });
        await RefusedAsync(browser, new(pushed) { ["request_uri"] = "https://evil.example/request" });
        var answer = CodeClient.Answer(await CodeClient.AuthorizeAsync(browser, new(pushed) { ["state"] = "another", ["redirect_uri"] = "https://evil.example/" }));
        Assert.Equal("the state", answer["state"]);
    }

    [Theory]
    [InlineData("client_secret", "a wrong secret of somebody", HttpStatusCode.Unauthorized)]
    [InlineData("redirect_uri", "https://evil.example/", HttpStatusCode.BadRequest)]
    [InlineData("response_type", "token", HttpStatusCode.BadRequest)]
    [InlineData("code_challenge_method", "plain", HttpStatusCode.BadRequest)]
    [InlineData("code_challenge", "", HttpStatusCode.BadRequest)]
    [InlineData("request_uri", "urn:ietf:params:oauth:request_uri:x", HttpStatusCode.BadRequest)]
    public async Task What_may_not_be_asked_may_not_be_pushed(string parameter, string value, HttpStatusCode expected)
    {
        using var client = new CodeClient(portal);
        var (status, body) = await PushAsync(new(Request(client)) { [parameter] = value });

        Assert.Equal((expected, true), (status, body.TryGetProperty("error", out _)));
    }

    [Fact]
    public async Task A_client_that_proves_nothing_pushes_nothing()
    {
        using var client = new CodeClient(portal);
        var before = await portal.CountAsync("select count(*) from open_iddict_tokens");

        var (status, _) = await PushAsync(client.Request());

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(before, await portal.CountAsync("select count(*) from open_iddict_tokens"));
    }

    [Fact]
    public async Task Rows_of_pushed_requests_go_after_an_hour()
    {
        using var client = new CodeClient(portal);
        await PushedAsync(client);
        Assert.NotEqual(0, await portal.CountAsync("select count(*) from open_iddict_tokens where status = 'valid'"));

        // Its store asks the system's clock whether one has expired.
        await portal.CountAsync("with aged as (update open_iddict_tokens set creation_date = creation_date - interval '66 minutes', expiration_date = now() - interval '56 minutes' returning 1) select count(*) from aged");
        await portal.Services.GetRequiredService<ProviderHousekeeping>().RunAsync(CancellationToken.None);

        Assert.Equal(0, await portal.CountAsync("select count(*) from open_iddict_tokens"));
    }

    [Fact]
    public async Task The_name_that_a_client_expects_stands_on_the_page()
    {
        using var browser = portal.NewBrowser();
        using var client = new CodeClient(portal);
        var page = await browser.FollowAsync(await CodeClient.AuthorizeAsync(browser, await PushedAsync(client, ("login_hint", "ada\" onfocus=\"alert(1)"))));

        Assert.Contains("value=\"ada&quot; onfocus=&quot;alert(1)\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Request(CodeClient client) => new(client.Request()) { ["client_id"] = Client, ["client_secret"] = Secret };

    /// <summary>What the browser then brings.</summary>
    private async Task<Dictionary<string, string?>> PushedAsync(CodeClient client, params (string Name, string Value)[] more)
    {
        var request = Request(client);
        foreach (var (name, value) in more)
        {
            request[name] = value;
        }

        var (status, body) = await PushAsync(request);
        Assert.Equal(HttpStatusCode.Created, status);
        return new() { ["client_id"] = Client, ["request_uri"] = body.GetProperty("request_uri").GetString() };
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PushAsync(Dictionary<string, string?> request)
    {
        using var http = new HttpClient { BaseAddress = new Uri(portal.Url) };
        using var form = new FormUrlEncodedContent(request);
        using var answer = await http.PostAsync("/openid/par", form);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync()));
    }

    private static async Task RefusedAsync(PortalBrowser browser, Dictionary<string, string?> request)
    {
        using var answer = await CodeClient.AuthorizeAsync(browser, request);
        Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
    }

    public sealed class PushedPortal : PortalInstance
    {
        public PushedPortal(PostgresCluster cluster)
            : base(cluster)
        {
            Settings = new(CodeClient.Settings)
            {
                ["OpenIdProvider:Clients:2:Id"] = Client,
                ["OpenIdProvider:Clients:2:Secret"] = Secret,
                ["OpenIdProvider:Clients:2:RedirectUris:0"] = CodeClient.Callback,
            };
            Configure = builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
        }

        public ShiftedTime Time { get; } = new();
    }
}
