using System.Buffers.Text;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>What somebody tries who wants a code or token of the embedded provider that is not theirs.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ProviderAttackTests(ProviderAttackTests.AttackedPortal portal) : IClassFixture<ProviderAttackTests.AttackedPortal>
{
    [Fact]
    public async Task A_code_that_comes_twice_gives_nothing_and_voids_what_it_gave()
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);
        var code = await client.CodeAsync(browser);

        var (first, tokens) = await client.RedeemAsync(code);
        Assert.Equal(HttpStatusCode.OK, first);
        var accessToken = tokens.GetProperty("access_token").GetString()!;
        Assert.Equal(HttpStatusCode.OK, await client.UserInfoAsync(accessToken));

        await RefusedAsync(client.RedeemAsync(code));
        Assert.Equal(HttpStatusCode.Unauthorized, await client.UserInfoAsync(accessToken));
    }

    [Fact]
    public async Task Of_many_who_present_one_code_at_once_one_gets_tokens()
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);
        var code = await client.CodeAsync(browser);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => client.RedeemAsync(code)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_code_is_good_for_a_minute()
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);
        var code = await client.CodeAsync(browser);

        portal.Time.Ahead += TimeSpan.FromSeconds(61);
        await RefusedAsync(client.RedeemAsync(code));
    }

    [Fact]
    public async Task An_access_token_ends_after_five_minutes()
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);
        var token = (await client.RedeemAsync(await client.CodeAsync(browser))).Body.GetProperty("access_token").GetString()!;

        portal.Time.Ahead += TimeSpan.FromMinutes(5);

        Assert.Equal(HttpStatusCode.Unauthorized, await client.UserInfoAsync(token));
    }

    [Fact]
    public async Task An_id_token_is_no_access_token()
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);
        var tokens = (await client.RedeemAsync(await client.CodeAsync(browser))).Body;

        Assert.Equal(HttpStatusCode.Unauthorized, await client.UserInfoAsync(tokens.GetProperty("id_token").GetString()!));
    }

    [Fact]
    public async Task The_time_of_the_password_stays_however_often_the_cookie_is_renewed()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        using var client = new CodeClient(portal);
        var typed = await AuthTimeAsync();
        portal.Time.Ahead += TimeSpan.FromHours(3);
        Assert.Equal(typed, await AuthTimeAsync());
        portal.Time.Ahead += TimeSpan.FromHours(3);
        Assert.Equal(typed, await AuthTimeAsync());

        // Who wants it typed within the last hour gets a page, and no code.
        var request = client.Request();
        request["max_age"] = "3600";
        Assert.StartsWith("/openid/sign-in?", (await CodeClient.AuthorizeAsync(browser, request)).Headers.Location!.OriginalString, StringComparison.Ordinal);
        request["prompt"] = "none";
        Assert.Equal("login_required", CodeClient.Answer(await CodeClient.AuthorizeAsync(browser, request))["error"]);

        async Task<long> AuthTimeAsync()
        {
            var token = (await client.RedeemAsync(await client.CodeAsync(browser))).Body.GetProperty("id_token").GetString()!;
            return JsonElement.Parse(Base64Url.DecodeFromChars(token.Split('.')[1])).GetProperty("auth_time").GetInt64();
        }
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("short")]
    [InlineData("")]
    public async Task A_code_needs_the_verifier_that_it_was_asked_for_with(string verifier)
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);

        var (status, body) = await client.RedeemAsync(await client.CodeAsync(browser), verifier);

        Assert.Equal((HttpStatusCode.BadRequest, verifier == "" ? "invalid_request" : "invalid_grant"), (status, body.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task The_challenge_is_not_its_own_verifier()
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);

        await RefusedAsync(client.RedeemAsync(await client.CodeAsync(browser), client.Request()["code_challenge"]));
    }

    [Fact]
    public async Task A_code_is_for_the_client_and_the_address_that_it_was_made_for()
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);

        await RefusedAsync(client.RedeemAsync(await client.CodeAsync(browser), clientId: CodeClient.OtherId));
        await RefusedAsync(client.RedeemAsync(await client.CodeAsync(browser), redirectUri: CodeClient.Callback + "/"));
    }

    [Theory]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge", "tooshort", "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "code id_token", "unsupported_response_type")]
    [InlineData("response_mode", "fragment", "invalid_request")]
    [InlineData("scope", "profile", "invalid_scope")]
    [InlineData("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported")]
    [InlineData("request_uri", "https://evil.example/request", "request_uri_not_supported")]
    [InlineData("max_age", "-1", "invalid_request")]
    [InlineData("prompt", "none login", "invalid_request")]
    public async Task A_request_that_is_not_the_code_flow_with_S256_gets_no_code(string parameter, string? value, string error)
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);
        var request = client.Request();
        request[parameter] = value;

        var response = await CodeClient.AuthorizeAsync(browser, request);
        if (response.Headers.Location is null)
        {
            // What OpenIddict refuses before it looks at the return address is told to the person, not to the client.
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains($"({error})", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            return;
        }

        var answer = CodeClient.Answer(response);
        Assert.Equal((error, null, "the state", $"{portal.Url}/openid"), (answer["error"], answer["code"], answer["state"], answer["iss"]));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/callback/")]
    [InlineData("http://127.0.0.1:9/Callback")]
    [InlineData("HTTP://127.0.0.1:9/callback")]
    [InlineData("http://127.0.0.1:9/callback?x=1")]
    [InlineData("http://127.0.0.1:9/callback#x")]
    [InlineData("http://127.0.0.1:9/callback/../other")]
    [InlineData("http://127.0.0.1:9/%63allback")]
    [InlineData("http://127.0.0.1:10/callback")]
    [InlineData("http://localhost:9/callback")]
    [InlineData("https://127.0.0.1:9/callback")]
    [InlineData("http://evil.example@127.0.0.1:9/callback")]
    [InlineData("http://127.0.0.1:9@evil.example/callback")]
    [InlineData(" http://127.0.0.1:9/callback")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Only_the_very_address_that_is_registered_is_redirected_to(string? redirectUri)
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);
        var request = client.Request();
        request["redirect_uri"] = redirectUri;

        var answer = await CodeClient.AuthorizeAsync(browser, request);

        Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("ATTACKED")]
    [InlineData(null)]
    public async Task An_unknown_client_is_not_redirected_to(string? clientId)
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);
        var request = client.Request();
        request["client_id"] = clientId;

        Assert.Equal(HttpStatusCode.BadRequest, (await CodeClient.AuthorizeAsync(browser, request)).StatusCode);
    }

    [Fact]
    public async Task A_parameter_that_is_given_twice_is_refused()
    {
        var browser = await portal.TechnicianAsync();
        using var client = new CodeClient(portal);
        var query = string.Join('&', client.Request().Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value!)}"));

        var answer = await browser.Http.GetAsync($"/openid/authorize?{query}&scope=openid");

        Assert.Equal("invalid_request", CodeClient.Answer(answer)["error"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.Http.GetAsync($"/openid/authorize?{query}&redirect_uri=https%3A%2F%2Fevil.example")).StatusCode);
    }

    [Theory]
    [InlineData("sallyport-portal", null)]
    [InlineData("sallyport-portal", "")]
    [InlineData("sallyport-portal", "guess")]
    [InlineData(CodeClient.Id, "a secret for a client that has none")]
    [InlineData("nobody", "guess")]
    public async Task A_client_that_does_not_prove_itself_gets_nothing(string clientId, string? secret)
    {
        using var client = new CodeClient(portal);
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = "any", ["client_id"] = clientId, ["redirect_uri"] = CodeClient.Callback, ["code_verifier"] = client.Verifier };
        if (secret is not null)
        {
            form["client_secret"] = secret;
        }

        var (status, body) = await client.RedeemAsync(form);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (status, body.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task Nobody_is_signed_out_without_a_token_of_theirs()
    {
        using var victim = await portal.SignedInAsync(Role.Technician);
        using var attacker = await portal.SignedInAsync(Role.Technician);
        using var client = new CodeClient(portal);
        var attackers = (await client.RedeemAsync(await client.CodeAsync(attacker))).Body.GetProperty("id_token").GetString();

        Assert.Equal(HttpStatusCode.BadRequest, (await victim.Http.GetAsync("/openid/end-session")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await victim.Http.GetAsync("/openid/end-session?id_token_hint=eyJhbGciOiJub25lIn0.e30.")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await victim.Http.GetAsync($"/openid/end-session?id_token_hint={attackers}&client_id={CodeClient.OtherId}")).StatusCode);
        var left = await victim.Http.GetAsync($"/openid/end-session?id_token_hint={attackers}&post_logout_redirect_uri=https%3A%2F%2Fevil.example");
        Assert.Equal((HttpStatusCode.BadRequest, null), (left.StatusCode, left.Headers.Location));

        left = await victim.Http.GetAsync($"/openid/end-session?id_token_hint={attackers}");
        Assert.Equal("/", left.Headers.Location!.OriginalString);

        Assert.NotEmpty(await client.CodeAsync(victim));
    }

    [Fact]
    public async Task Passwords_that_are_guessed_at_once_are_counted_one_by_one()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        var guesses = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            using var browser = portal.NewBrowser();
            return (await browser.TrySignInAsync(user.UserName, $"guess number {i}")).RequestMessage!.RequestUri!.PathAndQuery;
        }));
        Assert.All(guesses, end => Assert.StartsWith("/openid/sign-in?", end, StringComparison.Ordinal));

        using var owner = portal.NewBrowser();
        Assert.StartsWith("/openid/sign-in?", (await owner.TrySignInAsync(user.UserName, user.Password)).RequestMessage!.RequestUri!.PathAndQuery, StringComparison.Ordinal);
        var entries = await portal.CountAsync("select count(*) from audit.entries where body::jsonb ->> 'reason' = 'Wrong password.' and tenant_id is not null");
        Assert.Equal(5, entries);

        portal.Time.Ahead += TimeSpan.FromMinutes(1);
        Assert.StartsWith("/openid/failed-attempts?", (await owner.TrySignInAsync(user.UserName, user.Password)).RequestMessage!.RequestUri!.PathAndQuery, StringComparison.Ordinal);
    }

    private static async Task RefusedAsync(Task<(HttpStatusCode Status, JsonElement Body)> redemption)
    {
        var (status, body) = await redemption;
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (status, body.GetProperty("error").GetString()));
    }

    public sealed class AttackedPortal : PortalInstance
    {
        private Task<PortalBrowser>? _technician;

        public AttackedPortal(PostgresCluster cluster)
            : base(cluster)
        {
            Settings = CodeClient.Settings;
            Configure = builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
        }

        public ShiftedTime Time { get; } = new();

        /// <summary>One browser for all: what is attacked here is not how somebody signs in.</summary>
        public Task<PortalBrowser> TechnicianAsync() => _technician ??= SignedInAsync(Role.Technician);
    }
}
