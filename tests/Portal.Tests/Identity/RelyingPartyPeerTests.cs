using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>The embedded provider, as openid-client sees it, a relying party that others wrote and had certified.</summary>
[Collection(PostgresCollection.Name)]
public sealed class RelyingPartyPeerTests(RelyingPartyPeerTests.PortalWithClients portal) : IClassFixture<RelyingPartyPeerTests.PortalWithClients>
{
    // Nothing listens there: the browser stops before it, and hands the address over.
    private const string Callback = "http://127.0.0.1:9/callback";
    private const string Goodbye = "http://127.0.0.1:9/goodbye";
    private const string Secret = "a-secret+with/odd:characters and a space";

    [Theory]
    [InlineData("public", null, null, false)]
    [InlineData("confidential", Secret, "ClientSecretBasic", false)]
    [InlineData("confidential", Secret, "ClientSecretPost", false)]
    [InlineData("confidential", Secret, "ClientSecretBasic", true)]
    [InlineData("confidential", Secret, "ClientSecretPost", true)]
    public async Task It_signs_in_asks_who_it_is_and_signs_out(string clientId, string? secret, string? authentication, bool pushed)
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await using var peer = Start(clientId, secret, authentication, pushed: pushed);

        var page = await browser.OpenAsync(await UrlAsync(peer));
        var answer = await browser.SubmitAsync(page, new() { ["userName"] = user.UserName, ["password"] = user.Password }, Callback);
        await peer.SendAsync(answer.Headers.Location!.AbsoluteUri);
        var known = await peer.ReadAsync();

        Assert.Equal(user.User.Subject, known.GetProperty("claims").GetProperty("sub").GetString());
        Assert.Equal(user.User.Name, known.GetProperty("claims").GetProperty("name").GetString());
        Assert.Equal(user.User.Name, known.GetProperty("userInfo").GetProperty("name").GetString());
        Assert.Equal(user.UserName, known.GetProperty("userInfo").GetProperty("preferred_username").GetString());

        var bye = await browser.OpenAsync(known.GetProperty("signOut").GetString()!, Goodbye);
        Assert.Equal($"{Goodbye}?state=bye", bye.Headers.Location!.AbsoluteUri);
        await using var again = Start(clientId, secret, authentication);
        Assert.Equal(HttpStatusCode.OK, (await browser.OpenAsync(await UrlAsync(again), Callback)).StatusCode);
    }

    [Fact]
    public async Task The_second_sign_in_needs_no_password_and_tells_when_it_was_typed()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        var typed = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        await using var peer = Start("public", null, null, new { max_age = "3600" });
        await peer.SendAsync((await browser.OpenAsync(await UrlAsync(peer), Callback)).Headers.Location!.AbsoluteUri);

        Assert.InRange((await peer.ReadAsync()).GetProperty("claims").GetProperty("auth_time").GetInt64(), typed - 60, typed);
    }

    [Theory]
    [InlineData("prompt", "login", false)]
    [InlineData("prompt", "select_account", false)]
    [InlineData("prompt", "login", true)]
    [InlineData("prompt", "select_account", true)]
    [InlineData("max_age", "0", true)]
    public async Task It_can_ask_for_the_password_again(string parameter, string value, bool pushed)
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();

        // A pushed request is dated to the second.
        portal.Time.Ahead = TimeSpan.FromSeconds(-5);
        await browser.SignInAsync(user);
        portal.Time.Ahead = TimeSpan.Zero;
        await using var peer = pushed ? Start("confidential", Secret, "ClientSecretBasic", new Dictionary<string, string> { [parameter] = value }, pushed) : Start("public", null, null, new Dictionary<string, string> { [parameter] = value });
        var page = await browser.OpenAsync(await UrlAsync(peer), Callback);
        Assert.Equal("/openid/sign-in", page.RequestMessage!.RequestUri!.AbsolutePath);
        var answer = await browser.SubmitAsync(page, new() { ["userName"] = user.UserName, ["password"] = user.Password }, Callback);
        await peer.SendAsync(answer.Headers.Location!.AbsoluteUri);

        Assert.True((await peer.ReadAsync()).TryGetProperty("claims", out _));
    }

    [Fact]
    public async Task Without_a_page_nobody_is_signed_in()
    {
        using var browser = portal.NewBrowser();
        await using var peer = Start("public", null, null, new { prompt = "none" });
        await peer.SendAsync((await browser.OpenAsync(await UrlAsync(peer), Callback)).Headers.Location!.AbsoluteUri);

        Assert.Equal("login_required", (await peer.ReadAsync()).GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_form_that_another_site_posts_is_taken_as_a_link_is()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        await using var peer = Start("public", null, null);
        var parameters = (await UrlAsync(peer)).Split('?', 2)[1].Split('&').Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(WebUtility.UrlDecode(pair[0]), WebUtility.UrlDecode(pair[1])));

        using var form = new FormUrlEncodedContent(parameters);
        using var posted = await browser.Http.PostAsync("/openid/authorize", form);
        Assert.Equal(HttpStatusCode.SeeOther, posted.StatusCode);
        await peer.SendAsync((await browser.FollowAsync(posted, Callback)).Headers.Location!.AbsoluteUri);
        var known = await peer.ReadAsync();
        Assert.Equal(user.User.Subject, known.GetProperty("claims").GetProperty("sub").GetString());

        var signOut = new Uri(known.GetProperty("signOut").GetString()!);
        using var bye = new FormUrlEncodedContent(signOut.Query[1..].Split('&').Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], WebUtility.UrlDecode(pair[1]))));
        var left = await browser.FollowAsync(await browser.Http.PostAsync(signOut.AbsolutePath, bye), Goodbye);
        Assert.Equal($"{Goodbye}?state=bye", left.Headers.Location!.AbsoluteUri);
    }

    [Fact]
    public async Task The_sign_in_page_lets_its_form_end_at_the_clients()
    {
        using var browser = portal.NewBrowser();
        var page = await browser.OpenAsync("/openid/sign-in");
        Assert.Contains("form-action 'self' http://127.0.0.1:9;", string.Join('\n', page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    private static async Task<string> UrlAsync(Peer peer) => (await peer.ReadAsync()).GetProperty("url").GetString()!;

    private Peer Start(string clientId, string? secret, string? authentication, object? parameters = null, bool pushed = false) => Peer.Start(
        "relying-party.mjs",
        new { pushed, issuer = $"{portal.Url}/openid", clientId, clientSecret = secret, authentication, redirectUri = Callback, postLogoutRedirectUri = Goodbye, parameters });

    public sealed class PortalWithClients : PortalInstance
    {
        public PortalWithClients(PostgresCluster cluster)
            : base(cluster)
        {
            Settings = new()
            {
                ["OpenIdProvider:Clients:0:Id"] = "public",
                ["OpenIdProvider:Clients:0:RedirectUris:0"] = Callback,
                ["OpenIdProvider:Clients:0:PostLogoutRedirectUris:0"] = Goodbye,
                ["OpenIdProvider:Clients:1:Id"] = "confidential",
                ["OpenIdProvider:Clients:1:Secret"] = Secret,
                ["OpenIdProvider:Clients:1:RedirectUris:0"] = Callback,
                ["OpenIdProvider:Clients:1:PostLogoutRedirectUris:0"] = Goodbye,
            };
            Configure = builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
        }

        public ShiftedTime Time { get; } = new();
    }
}
