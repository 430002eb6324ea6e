using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>The portal's own sign-in at oidc-provider, a provider that others wrote and had certified, in the place of a company's.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ProviderPeerTests(PostgresCluster cluster)
{
    private const string ClientSecret = "a secret of the company's provider";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Somebody_with_a_role_there_is_taken_in_signs_in_and_signs_out(bool claimsAtUserInfoOnly)
    {
        await using var peer = Peer.Start("provider.mjs");
        var issuer = (await peer.ReadAsync()).GetProperty("issuer").GetString()!;
        await using var portal = await StartAsync(peer, issuer, claimsAtUserInfoOnly);
        using var browser = portal.NewBrowser();

        var page = await SignInAsync(browser, "ada-maintenance", "/");
        Assert.Equal("/", page.RequestMessage!.RequestUri!.PathAndQuery);
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains("Known as ada-maintenance", html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/users")).StatusCode);

        // Out at both: the provider asks whether it shall forget, too, and asks for a name at the next sign-in.
        var leaving = await browser.SubmitAsync(page, new() { ["__RequestVerificationToken"] = await PortalBrowser.AntiforgeryTokenAsync(page) });
        var onward = WebUtility.HtmlDecode((await leaving.Content.ReadAsStringAsync()).Split("href=\"")[1].Split('"')[0]);
        Assert.StartsWith(issuer, onward, StringComparison.Ordinal);
        var left = await browser.SubmitAsync(await browser.OpenAsync(onward), new() { ["logout"] = "yes" }, portal.Url);
        Assert.Equal($"{portal.Url}/", left.Headers.Location!.AbsoluteUri);
        Assert.Contains("name=\"login\"", await (await browser.OpenAsync("/")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_without_a_role_there_is_told_so()
    {
        await using var peer = Peer.Start("provider.mjs");
        var issuer = (await peer.ReadAsync()).GetProperty("issuer").GetString()!;
        await using var portal = await StartAsync(peer, issuer, claimsAtUserInfoOnly: true);
        using var browser = portal.NewBrowser();

        var page = await SignInAsync(browser, "eve-marketing", "/");

        Assert.Equal("/sign-in-refused?why=unknown", page.RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Contains("not to this portal", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_follow_the_provider_at_each_sign_in_and_what_a_lost_one_allowed_ends()
    {
        await using var peer = Peer.Start("provider.mjs");
        var issuer = (await peer.ReadAsync()).GetProperty("issuer").GetString()!;
        await using var portal = await StartAsync(peer, issuer, claimsAtUserInfoOnly: true);
        var users = portal.Services.GetRequiredService<UserDirectory>();
        using var first = portal.NewBrowser();
        await SignInAsync(first, "ada-maintenance", "/");
        Assert.Equal(HttpStatusCode.Found, (await first.Http.GetAsync("/recordings")).StatusCode);

        // One more: nothing ends, and what is open already knows it.
        await SayAsync(peer, "ada-maintenance", ["maintenance", "auditors", "canteen"]);
        using var second = portal.NewBrowser();
        await SignInAsync(second, "ada-maintenance", "/");
        Assert.Equal(HttpStatusCode.OK, (await second.Http.GetAsync("/recordings")).StatusCode);
        Assert.Equal(0, await LostAsync());

        // One less.
        await SayAsync(peer, "ada-maintenance", ["auditors"]);
        using var third = portal.NewBrowser();
        await SignInAsync(third, "ada-maintenance", "/");
        Assert.Equal(HttpStatusCode.OK, (await third.Http.GetAsync("/recordings")).StatusCode);
        Assert.StartsWith("/access-denied", (await third.Http.GetAsync($"/request/{Guid.Empty}")).Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        Assert.StartsWith("/sign-in", (await first.Http.GetAsync("/")).Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        Assert.StartsWith("/sign-in", (await second.Http.GetAsync("/")).Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        Assert.Equal(2, await LostAsync());
        Assert.Equal(1, await portal.CountAsync("select count(*) from audit.entries where action = 'user.change' and body::jsonb ->> 'reason' = 'Roles at the company''s provider: Compliance; before: Technician, Compliance.'"));

        // No admin here has a say in it.
        var somebody = (await portal.AddUserAsync(Role.Admin)).User;
        var admin = new Actor(somebody.Id, somebody.Name, somebody.TenantId, somebody.Roles.ToHashSet(), null);
        Assert.Contains("Change them there", (await users.SetRolesAsync(admin, (await users.ListAsync(admin, CancellationToken.None)).Single(u => u.Subject == "ada-maintenance").Id, [Role.Admin], CancellationToken.None)).Error, StringComparison.Ordinal);

        // None at all.
        await SayAsync(peer, "ada-maintenance", ["canteen"]);
        using var fourth = portal.NewBrowser();
        var refused = await SignInAsync(fourth, "ada-maintenance", "/");
        Assert.Equal("/sign-in-refused?why=norole", refused.RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Contains("sign-in service gives you no role here", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(3, await LostAsync());

        // And back.
        await SayAsync(peer, "ada-maintenance", ["maintenance"]);
        using var fifth = portal.NewBrowser();
        Assert.Equal("/", (await SignInAsync(fifth, "ada-maintenance", "/")).RequestMessage!.RequestUri!.PathAndQuery);

        Task<long> LostAsync() => portal.CountAsync("select count(*) from sign_ins where end_reason = 'RoleLost'");
    }

    [Fact]
    public async Task Who_signs_out_at_the_provider_is_signed_out_here_by_its_word_in_that_browser_alone()
    {
        await using var peer = Peer.Start("provider.mjs");
        var issuer = (await peer.ReadAsync()).GetProperty("issuer").GetString()!;
        await using var portal = await StartAsync(peer, issuer, claimsAtUserInfoOnly: false);
        using var browser = portal.NewBrowser();
        using var other = portal.NewBrowser();
        await SignInAsync(browser, "ada-maintenance", "/");
        await SignInAsync(other, "ada-maintenance", "/");
        var began = Stopwatch.GetTimestamp();

        // On the provider's own page: this browser tells the portal nothing.
        await browser.SubmitAsync(await browser.OpenAsync($"{issuer}/session/end"), new() { ["logout"] = "yes" });

        while ((await browser.Http.GetAsync("/")).StatusCode != HttpStatusCode.Found)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(5), string.Join('\n', portal.Log.TakeLast(5)));
            await Task.Yield();
        }

        Assert.Equal(HttpStatusCode.OK, (await other.Http.GetAsync("/")).StatusCode);
        Assert.Equal(1, await portal.CountAsync("select count(*) from sign_ins where end_reason = 'SignedOutAtProvider'"));
    }

    [Fact]
    public async Task The_address_that_somebody_typed_is_handed_on_to_a_provider_that_wants_requests_pushed()
    {
        await using var peer = Peer.Start("provider.mjs");
        var issuer = (await peer.ReadAsync()).GetProperty("issuer").GetString()!;
        await using var portal = await PortalInstance.StartAsync(cluster);
        await ServeAsync(peer, portal, new { requirePush = true }, $"{portal.Url}/signed-in/company");
        var form = new ProviderForm { Key = "company", Title = "A company", Authority = issuer, ClientId = "sallyport", Secret = ClientSecret, TenantId = portal.TenantId, Roles = "maintenance = Technician", Domains = "company.example" };
        Assert.Null(await portal.Services.GetRequiredService<IdentityProviders>().SaveAsync((await portal.AddUserAsync(Role.Admin)).Actor, form, CancellationToken.None));
        await portal.Services.GetRequiredService<SignInProviders>().ReloadAsync(CancellationToken.None);
        using var browser = portal.NewBrowser();

        var onward = await browser.SubmitAsync(await browser.OpenAsync("/sign-in?returnUrl=/sign-ins"), new() { ["email"] = " ada-maintenance@company.example " });
        var start = WebUtility.HtmlDecode((await onward.Content.ReadAsStringAsync()).Split("href=\"")[1].Split('"')[0]);
        var leaving = (await browser.Http.GetAsync(start)).Headers.Location!;

        // Nothing of the request is in the browser's address.
        Assert.Equal(["client_id", "request_uri"], QueryHelpers.ParseQuery(leaving.Query).Keys.Order());
        var login = await browser.OpenAsync(leaving.AbsoluteUri);
        Assert.Contains("value=\"ada-maintenance@company.example\"", await login.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var consent = await browser.SubmitAsync(login, new() { ["login"] = "ada-maintenance", ["password"] = "any" });
        var end = await browser.SubmitAsync(consent, new() { ["prompt"] = "consent" });
        Assert.Equal((HttpStatusCode.OK, "/sign-ins"), (end.StatusCode, end.RequestMessage!.RequestUri!.PathAndQuery));

        // It does want that: a request by the address alone is refused.
        using var other = portal.NewBrowser();
        var refused = await other.OpenAsync(QueryHelpers.AddQueryString($"{issuer}/auth", new Dictionary<string, string?> { ["client_id"] = "sallyport", ["response_type"] = "code", ["scope"] = "openid", ["redirect_uri"] = $"{portal.Url}/signed-in/company", ["code_challenge"] = new string('a', 43), ["code_challenge_method"] = "S256" }), portal.Url);
        Assert.Contains("Pushed+Authorization+Request", refused.Headers.Location?.Query ?? "", StringComparison.OrdinalIgnoreCase);
    }

    private static async Task SayAsync(Peer peer, string name, string[] roles)
    {
        await peer.SendAsync(JsonSerializer.Serialize(new Dictionary<string, string[]> { [name] = roles }));
        await peer.ReadAsync();
    }

    private static async Task<HttpResponseMessage> SignInAsync(PortalBrowser browser, string name, string returnUrl)
    {
        var login = await browser.OpenAsync($"/sign-in?returnUrl={returnUrl}");
        var consent = await browser.SubmitAsync(login, new() { ["login"] = name, ["password"] = "any" });
        return await browser.SubmitAsync(consent, new() { ["prompt"] = "consent" });
    }

    private async Task<PortalInstance> StartAsync(Peer peer, string issuer, bool claimsAtUserInfoOnly)
    {
        var portal = await PortalInstance.StartAsync(cluster, new()
        {
            ["SignIn:Authority"] = issuer,
            ["SignIn:ClientId"] = "sallyport",
            ["SignIn:ClientSecret"] = ClientSecret,
            ["SignIn:TenantId"] = PortalInstance.Tenant.ToString(),
            ["SignIn:Roles:maintenance"] = nameof(Role.Technician),
            ["SignIn:Roles:auditors"] = nameof(Role.Compliance),
        });
        await ServeAsync(peer, portal, new { conformIdTokenClaims = claimsAtUserInfoOnly }, $"{portal.Url}/signed-in");
        return portal;
    }

    private static async Task ServeAsync(Peer peer, PortalInstance portal, object settings, string returnAddress)
    {
        var all = JsonSerializer.SerializeToNode(settings)!.AsObject();
        all["client"] = JsonSerializer.SerializeToNode(new { client_id = "sallyport", client_secret = ClientSecret, redirect_uris = new[] { returnAddress }, post_logout_redirect_uris = new[] { $"{portal.Url}/" }, backchannel_logout_uri = $"{portal.Url}/back-channel-logout", backchannel_logout_session_required = true });
        await peer.SendAsync(all.ToJsonString());
        await peer.ReadAsync();
    }
}
