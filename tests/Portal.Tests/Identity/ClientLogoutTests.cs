using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>Other applications at the embedded provider hear that somebody is signed out, by tokens that jose of npm verifies.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ClientLogoutTests(ClientLogoutTests.InformingPortal portal) : IClassFixture<ClientLogoutTests.InformingPortal>
{
    private Peer Application => portal.Application;

    [Fact]
    public async Task An_application_hears_within_seconds_who_has_signed_out_and_which_sign_in_it_was()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        var sid = await GiveAsync(browser);

        await SignOutAsync(browser);

        var heard = await HeardAsync();
        Assert.Equal(("POST", "application/x-www-form-urlencoded", "ES256"), (heard.GetProperty("method").GetString(), heard.GetProperty("type").GetString(), heard.GetProperty("alg").GetString()));
        var token = heard.GetProperty("payload");
        Assert.Equal((user.User.Subject, sid), (token.GetProperty("sub").GetString(), token.GetProperty("sid").GetString()));
        Assert.Equal("""{"http://schemas.openid.net/event/backchannel-logout":{}}""", token.GetProperty("events").GetRawText());
        Assert.False(token.TryGetProperty("nonce", out _));
        Assert.InRange(token.GetProperty("exp").GetInt64() - token.GetProperty("iat").GetInt64(), 1, 120);
        await NobodyWaitsAsync();
    }

    [Theory]
    [InlineData(SignInEndCause.Disabled)]
    [InlineData(SignInEndCause.NewPassword)]
    [InlineData(SignInEndCause.LostRole)]
    public async Task What_ends_all_sign_ins_of_somebody_ends_them_at_the_application(SignInEndCause cause)
    {
        var (admin, user) = ((await portal.AddUserAsync(Role.Admin)).Actor, await portal.AddUserAsync(Role.Technician));
        using var browser = portal.NewBrowser();
        using var other = portal.NewBrowser();
        await browser.SignInAsync(user);
        await other.SignInAsync(user);
        var sids = new[] { await GiveAsync(browser), await GiveAsync(other) };

        var users = portal.Services.GetRequiredService<UserDirectory>();
        Assert.Null(cause switch
        {
            SignInEndCause.Disabled => (await users.SetDisabledAsync(admin, user.User.Id, true, "left", default)).Error,
            SignInEndCause.LostRole => (await users.SetRolesAsync(admin, user.User.Id, [Role.Operator], default)).Error,
            _ => (await portal.Services.GetRequiredService<Passwords>().ReplaceAsync(admin, user.User.Id, default)).Error,
        });

        var heard = new[] { await HeardAsync(), await HeardAsync() };
        Assert.Equal(sids.Order(), heard.Select(token => token.GetProperty("payload").GetProperty("sid").GetString()).Order());
        Assert.NotEqual(heard[0].GetProperty("payload").GetProperty("jti").GetString(), heard[1].GetProperty("payload").GetProperty("jti").GetString());
    }

    [Theory]
    [InlineData(503)]
    [InlineData(307)]
    public async Task An_application_that_is_away_hears_of_it_when_it_is_back(int answer)
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        var sid = await GiveAsync(browser);
        await AnswerWithAsync(answer);

        await SignOutAsync(browser);

        Assert.Equal(answer, (await HeardAsync()).GetProperty("answered").GetInt32());
        await AnswerWithAsync(200);
        for (var heard = await HeardAsync(); heard.GetProperty("answered").GetInt32() != 200; heard = await HeardAsync())
        {
            Assert.Equal(sid, heard.GetProperty("payload").GetProperty("sid").GetString());
        }

        await NobodyWaitsAsync();
        Assert.Contains(portal.Log, line => line.Contains($"The application {CodeClient.Id} has not heard that somebody is signed out: it answered {answer}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_application_that_believes_no_token_is_told_once()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        await GiveAsync(browser);
        await AnswerWithAsync(400);

        await SignOutAsync(browser);

        await HeardAsync();
        await NobodyWaitsAsync();
        await AnswerWithAsync(200);
    }

    [Fact]
    public async Task An_application_that_is_never_back_is_given_up_and_keeps_no_other_from_hearing()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        using var dead = new CodeClient(portal, CodeClient.OtherId);
        Assert.NotEmpty(await dead.CodeAsync(browser));
        var sid = await GiveAsync(browser);

        await SignOutAsync(browser);

        Assert.Equal(sid, (await HeardAsync()).GetProperty("payload").GetProperty("sid").GetString());
        await NoneAsync($"id = '{sid}' and '{CodeClient.Id}' = any(informs)");
        Assert.Equal(1, await portal.CountAsync($"select count(*) from provider_sign_ins where id = '{sid}' and informs = array['{CodeClient.OtherId}']"));
        portal.Time.Ahead += ClientLogouts.GivenUpAfter + TimeSpan.FromMinutes(1);
        await NobodyWaitsAsync();
    }

    [Fact]
    public async Task Of_two_portals_one_tells()
    {
        const int browsers = 8;
        await using var second = await portal.StartSecondAsync();
        var user = await portal.AddUserAsync(Role.Technician);
        for (var i = 0; i < browsers; i++)
        {
            using var browser = portal.NewBrowser();
            await browser.SignInAsync(user);
            await GiveAsync(browser);
        }

        await portal.Services.GetRequiredService<Portal.Identity.SignIn.SignIns>().EndAllAsync(user.User.Id, Portal.Identity.SignIn.SignInEnd.PasswordChanged, null, default);

        var heard = new HashSet<string>();
        for (var i = 0; i < browsers; i++)
        {
            heard.Add((await HeardAsync()).GetProperty("payload").GetProperty("sid").GetString()!);
        }

        Assert.Equal(browsers, heard.Count);
        await NobodyWaitsAsync();
        await Application.SendAsync("200");
        Assert.True((await Application.ReadAsync()).TryGetProperty("ready", out _));
    }

    [Fact]
    public async Task An_application_without_an_address_or_without_a_code_hears_nothing()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        using var silent = new CodeClient(portal, "silent");
        Assert.NotEmpty(await silent.CodeAsync(browser));

        Assert.Equal(0, await portal.CountAsync("select count(*) from provider_sign_ins where ended_at is null and cardinality(informs) > 0"));
        await SignOutAsync(browser);
        await NobodyWaitsAsync();
    }

    [Fact]
    public async Task Discovery_says_that_the_provider_does_so()
    {
        using var browser = portal.NewBrowser();
        var metadata = JsonElement.Parse(await browser.Http.GetByteArrayAsync("/openid/.well-known/openid-configuration"));
        Assert.True(metadata.GetProperty("backchannel_logout_supported").GetBoolean());
        Assert.True(metadata.GetProperty("backchannel_logout_session_supported").GetBoolean());
    }

    public enum SignInEndCause
    {
        Disabled,
        NewPassword,
        LostRole,
    }

    /// <summary>A code for the application.</summary>
    /// <returns>The session that its ID token names.</returns>
    private async Task<string> GiveAsync(PortalBrowser browser)
    {
        using var client = new CodeClient(portal);
        var token = (await client.RedeemAsync(await client.CodeAsync(browser))).Body.GetProperty("id_token").GetString()!;
        return JsonElement.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1])).GetProperty("sid").GetString()!;
    }

    private async Task<JsonElement> HeardAsync()
    {
        var heard = await Application.ReadAsync();
        Assert.False(heard.TryGetProperty("error", out _), heard.GetRawText());
        return heard;
    }

    private async Task AnswerWithAsync(int status)
    {
        await Application.SendAsync($"{status}");
        for (var line = await Application.ReadAsync(); !line.TryGetProperty("ready", out _); line = await Application.ReadAsync())
        {
            // Told again meanwhile.
        }
    }

    private Task NobodyWaitsAsync() => NoneAsync("inform_at is not null or (ended_at is not null and cardinality(informs) > 0)");

    private async Task NoneAsync(string condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await portal.CountAsync($"select count(*) from provider_sign_ins where {condition}") > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }

    private static async Task SignOutAsync(PortalBrowser browser)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["__RequestVerificationToken"] = await PortalBrowser.AntiforgeryTokenAsync(await browser.OpenAsync("/")) });
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.PostAsync("/sign-out", form)).StatusCode);
    }

    /// <summary>A portal with an application that listens, one that is dead, and one that does not want to hear.</summary>
    public sealed class InformingPortal(PostgresCluster cluster) : PortalInstance(cluster), IAsyncLifetime
    {
        public ShiftedTime Time { get; } = new();

        internal Peer Application { get; private set; } = null!;

        async Task IAsyncLifetime.InitializeAsync()
        {
            Application = Peer.Start("logout-receiver.mjs");
            foreach (var (name, value) in new Dictionary<string, string>(CodeClient.Settings)
            {
                ["OpenIdProvider:Clients:0:BackChannelLogoutUri"] = (await Application.ReadAsync()).GetProperty("address").GetString()!,
                ["OpenIdProvider:Clients:1:BackChannelLogoutUri"] = "http://127.0.0.1:9/logout",
                ["OpenIdProvider:Clients:2:Id"] = "silent",
                ["OpenIdProvider:Clients:2:RedirectUris:0"] = CodeClient.Callback,
            })
            {
                Settings[name] = value;
            }

            Configure = builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
            await InitializeAsync();
            await Application.SendAsync(JsonSerializer.Serialize(new { issuer = $"{Url}/openid", audience = CodeClient.Id }));
            await Application.ReadAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await Application.DisposeAsync();
        }
    }
}
