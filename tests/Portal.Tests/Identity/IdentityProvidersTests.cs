using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>Companies' providers that an admin adds, changes and removes while the portal runs.</summary>
[Collection(PostgresCollection.Name)]
public sealed class IdentityProvidersTests(PortalInstance portal) : IClassFixture<PortalInstance>
{
    private static int _names;

    private readonly string _key = $"company-{Interlocked.Increment(ref _names)}";

    private IdentityProviders Providers => portal.Services.GetRequiredService<IdentityProviders>();

    [Fact]
    public async Task Somebody_is_led_to_their_companys_provider_by_their_address_and_signs_in_while_the_portal_runs()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        await AddAsync(admin, Form(provider));
        using var browser = portal.NewBrowser();

        var page = await browser.OpenAsync("/sign-in?returnUrl=/sign-ins");
        Assert.Equal("/sign-in/choose", page.RequestMessage!.RequestUri!.AbsolutePath);
        var unknown = await browser.SubmitAsync(page, new() { ["email"] = "somebody@elsewhere.example" });
        Assert.Contains("No company here signs in by addresses of that domain", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var end = await OnwardAsync(browser, await browser.SubmitAsync(page, new() { ["email"] = $"Mallory@{_key.ToUpperInvariant()}.example" }));

        Assert.Equal((HttpStatusCode.OK, "/sign-ins"), (end.StatusCode, end.RequestMessage!.RequestUri!.PathAndQuery));
        Assert.Equal(1, await portal.CountAsync($"select count(*) from people where issuer = '{provider.Url}' and tenant_id = '{portal.TenantId}' and roles = '{{Technician}}'"));

        // And the embedded provider goes on.
        using var other = portal.NewBrowser();
        var form = await other.OpenAsync("/sign-in?with=openid");
        var user = await portal.AddUserAsync(Role.Technician);
        Assert.Equal("/", (await other.SubmitAsync(form, new() { ["userName"] = user.UserName, ["password"] = user.Password })).RequestMessage!.RequestUri!.PathAndQuery);
    }

    [Fact]
    public async Task Somebody_signs_in_at_glewlwyd()
    {
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        await using var glewlwyd = await Glewlwyd.StartAsync(portal, _key);
        Assert.Contains("answers, with 1 key(s). It signs with RS256.", await Providers.TestAsync(admin, glewlwyd.Issuer, default), StringComparison.Ordinal);
        await AddAsync(admin, new ProviderForm { Key = _key, Title = "glewlwyd", Authority = glewlwyd.Issuer, ClientId = Glewlwyd.ClientId, Secret = Glewlwyd.Secret, Scopes = "openid", TenantId = portal.TenantId, Roles = $"{Glewlwyd.Person} = Compliance", Domains = $"{_key}.example" });
        using var browser = portal.NewBrowser();
        using var leaving = await browser.Http.GetAsync($"/sign-in?with=openid-{_key}&returnUrl=/recordings");

        await glewlwyd.ConsentAsync(browser);
        var end = await browser.OpenAsync($"{leaving.Headers.Location}&g_continue");

        Assert.Equal((HttpStatusCode.OK, "/recordings"), (end.StatusCode, end.RequestMessage!.RequestUri!.PathAndQuery));
    }

    [Fact]
    public async Task A_change_holds_at_the_next_sign_in_and_a_removal_signs_out_at_once()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        var row = await AddAsync(admin, Form(provider));
        using var browser = await SignedInAsync();
        Assert.NotEqual(HttpStatusCode.OK, (await browser.Http.GetAsync("/recordings")).StatusCode);

        var form = ProviderForm.Of(row, await Providers.CompaniesAsync(admin, default));
        form.Roles = "technicians = Compliance";
        await AddAsync(admin, form);
        using var second = await SignedInAsync();
        Assert.Equal(HttpStatusCode.OK, (await second.Http.GetAsync("/recordings")).StatusCode);
        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/")).StatusCode);

        Assert.Null(await Providers.RemoveAsync(admin, row.Id, default));
        Assert.Equal(HttpStatusCode.Found, (await second.Http.GetAsync("/")).StatusCode);
        await UntilAsync(async () =>
        {
            using var third = portal.NewBrowser();
            return (await third.OpenAsync($"/sign-in?with=openid-{_key}")).RequestMessage!.RequestUri!.AbsolutePath != "/";
        });
        Assert.Equal(1, await portal.CountAsync($"select count(*) from audit.entries where action = 'provider.remove' and subject_id = '{row.Id}' and body::jsonb -> 'detail' ->> 'signedOut' = '1'"));
        Assert.Equal(1, await portal.CountAsync($"select count(*) from audit.entries where action = 'sign-in.end' and body::jsonb ->> 'actorId' = '{admin.UserId}' and body::jsonb ->> 'reason' = 'The company''s provider was removed.'"));
    }

    [Fact]
    public async Task Who_is_on_the_way_back_from_a_provider_that_is_removed_meanwhile_does_not_get_in()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        var row = await AddAsync(admin, Form(provider));
        provider.Alter = (_, claims) => claims.Remove("roles");
        provider.Instead["/userinfo"] = _ => new After(() => Providers.RemoveAsync(admin, row.Id, default), HostileProvider.Json(new JsonObject { ["sub"] = "mallory", ["name"] = "Mallory", ["roles"] = new JsonArray("technicians") }));
        using var browser = portal.NewBrowser();

        var end = await browser.OpenAsync($"/sign-in?with=openid-{_key}");

        Assert.Equal("/sign-in-refused?why=provider-removed", end.RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/")).StatusCode);
        Assert.Equal(0, await portal.CountAsync($"select count(*) from sign_ins s join people u on s.user_id = u.id where u.issuer = '{provider.Url}' and s.ended_at is null"));
    }

    [Fact]
    public async Task Another_authority_signs_out_the_people_of_the_one_before()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        await using var newer = await HostileProvider.StartAsync(TimeProvider.System);
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        var row = await AddAsync(admin, Form(provider));
        using var browser = await SignedInAsync();
        Assert.Equal(1, (await Providers.SignedInAsync(admin, default))[row.Id]);

        var moved = ProviderForm.Of(row, await Providers.CompaniesAsync(admin, default));
        (moved.Authority, moved.Secret) = (newer.Url, "another secret of the company");
        Assert.Null(await Providers.SaveAsync(admin, moved, default));

        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/")).StatusCode);
        Assert.Equal(0, (await Providers.SignedInAsync(admin, default))[row.Id]);
    }

    [Fact]
    public async Task One_companys_provider_is_for_its_people_alone()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        var stranger = await portal.AddStrangerAsync(Role.Technician);
        await using (var db = portal.Services.GetRequiredService<PortalDbFactory>().ForSystem())
        {
            db.Add(new User { TenantId = stranger.User.TenantId, Issuer = provider.Url, Subject = "mallory", Name = "Mallory", Roles = [Role.Admin], CreatedAt = DateTimeOffset.UtcNow });
            await db.SaveChangesAsync();
        }

        await AddAsync(admin, Form(provider));
        using var browser = portal.NewBrowser();
        var end = await browser.OpenAsync($"/sign-in?with=openid-{_key}");

        Assert.Equal("/sign-in-refused?why=unknown", end.RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/")).StatusCode);
    }

    [Theory]
    [InlineData("plant-a", "/")]
    [InlineData("nobody", "/sign-in-refused?why=unknown")]
    [InlineData("plant-a plant-b", "/sign-in-refused?why=unknown")]
    [InlineData("", "/sign-in-refused?why=unknown")]
    public async Task A_claim_says_whose_somebody_is_and_must_say_one_company(string values, string expected)
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        var stranger = await portal.AddStrangerAsync(Role.Technician);
        var form = Form(provider);
        (form.TenantClaim, form.Tenants) = ("plant", "plant-a = Another company\nplant-b = Test company");
        await AddAsync(admin, form);
        provider.Alter = (_, claims) => claims["plant"] = new JsonArray([.. values.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(value => JsonValue.Create(value))]);

        using var browser = portal.NewBrowser();
        Assert.Equal(expected, (await browser.OpenAsync($"/sign-in?with=openid-{_key}")).RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Equal(expected == "/" ? 1 : 0, await portal.CountAsync($"select count(*) from people where issuer = '{provider.Url}' and tenant_id = '{stranger.User.TenantId}'"));
    }

    [Fact]
    public async Task A_secret_is_sealed_for_its_authority_and_a_provider_that_was_altered_in_the_database_keeps_nobody_from_the_others()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        var row = await AddAsync(admin, Form(provider));
        Assert.Equal(0, await portal.CountAsync($"select count(*) from identity_providers where encode(secret, 'escape') like '%of the company%'"));

        // Elsewhere the secret is worth nothing, and the page asks for it again.
        var moved = ProviderForm.Of(row, await Providers.CompaniesAsync(admin, default));
        moved.Authority = "https://evil.example";
        Assert.Contains("Give the secret", await Providers.SaveAsync(admin, moved, default), StringComparison.Ordinal);
        await portal.CountAsync($"with moved as (update identity_providers set authority = 'https://evil.example', changed_at = now() where id = '{row.Id}' returning 1) select count(*) from moved");
        await portal.Services.GetRequiredService<SignInProviders>().ReloadAsync(default);

        using var browser = portal.NewBrowser();
        Assert.Equal("/sign-in/choose", (await browser.OpenAsync($"/sign-in?with=openid-{_key}")).RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Contains(portal.Log, line => line.Contains("secret cannot be opened", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await browser.OpenAsync("/sign-in?with=openid")).StatusCode);
    }

    [Fact]
    public async Task An_added_provider_ends_what_it_began_by_a_back_channel_logout()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        await AddAsync(admin, Form(provider));
        using var browser = await SignedInAsync();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["logout_token"] = provider.LogoutToken("mallory") });
        using var anybody = portal.NewBrowser();

        Assert.Equal(HttpStatusCode.OK, (await anybody.Http.PostAsync("/back-channel-logout", form)).StatusCode);
        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task The_test_says_what_the_provider_answers()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        provider.Instead["/.well-known/openid-configuration"] = _ =>
        {
            var document = provider.Discovery();
            document["id_token_signing_alg_values_supported"] = new JsonArray("RS256", "HS256");
            document["code_challenge_methods_supported"] = new JsonArray("S256");
            document["backchannel_logout_supported"] = true;
            document["pushed_authorization_request_endpoint"] = $"{provider.Url}/par";
            return HostileProvider.Json(document);
        };
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;

        Assert.Equal($"{provider.Url} answers, with 1 key(s). It signs with RS256. Client secret: client_secret_basic. PKCE with S256. Requests are pushed to it. It has no sign-out. It sends back-channel logouts.", await Providers.TestAsync(admin, provider.Url + "/", default));
        Assert.Contains("does not answer", await Providers.TestAsync(admin, "http://127.0.0.1:1", default), StringComparison.Ordinal);
        Assert.Contains("must be https", await Providers.TestAsync(admin, "http://login.example", default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_admins_of_the_company_that_runs_the_installation_look_after_providers()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        var stranger = (await portal.AddStrangerAsync(Role.Admin)).Actor;
        var row = await AddAsync((await portal.AddUserAsync(Role.Admin)).Actor, Form(provider));

        Assert.Null(await Providers.ListAsync(stranger, default));
        Assert.Empty(await Providers.CompaniesAsync(stranger, default));
        Assert.Empty(await Providers.SignedInAsync(stranger, default));
        Assert.NotNull(await Providers.SaveAsync(stranger, Form(provider), default));
        Assert.NotNull(await Providers.RemoveAsync(stranger, row.Id, default));
        Assert.Contains("Only admins", await Providers.TestAsync(stranger, provider.Url, default), StringComparison.Ordinal);
        Assert.Empty(provider.Asked);
        Assert.NotEqual(0, await portal.CountAsync("select count(*) from audit.entries where action = 'access.deny' and body::jsonb ->> 'subjectName' = '/providers'"));
        await Assert.ThrowsAsync<AccessRefusedException>(async () => await Providers.ListAsync((await portal.AddUserAsync(Role.Technician)).Actor, default));
    }

    [Theory]
    [InlineData("Key", "With Capitals", "short name")]
    [InlineData("Key", "../up", "short name")]
    [InlineData("Title", "", "Give a name")]
    [InlineData("Authority", "http://login.example", "must be https")]
    [InlineData("Authority", "https://login.example/?x=1", "must be https")]
    [InlineData("Authority", "not an address", "must be https")]
    [InlineData("ClientId", " ", "client ID")]
    [InlineData("Scopes", "profile", "must contain openid")]
    [InlineData("Roles", "", "at least one rule")]
    [InlineData("Roles", "technicians = King", "A rule is a line")]
    [InlineData("Roles", "technicians", "A rule is a line")]
    [InlineData("Roles", "a = Admin\na = Technician", "A rule is a line")]
    [InlineData("Tenants", "a = No such company", "A rule is a line")]
    [InlineData("TenantClaim", "plant", "go together")]
    [InlineData("Domains", "example", "A domain looks like")]
    [InlineData("Secret", "", "Give the secret")]
    public async Task What_cannot_be_used_is_said(string field, string value, string expected)
    {
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        var form = new ProviderForm { Key = _key, Title = "A company", Authority = "https://login.example", ClientId = "sallyport", Secret = "s", TenantId = portal.TenantId, Roles = "technicians = Technician", Domains = "a.example" };
        typeof(ProviderForm).GetProperty(field)!.SetValue(form, value);

        Assert.Contains(expected, await Providers.SaveAsync(admin, form, default), StringComparison.Ordinal);
    }

    private ProviderForm Form(HostileProvider provider) => new()
    {
        Key = _key,
        Title = "A company's provider",
        Authority = provider.Url,
        ClientId = HostileProvider.ClientId,
        Secret = "a secret of the company",
        TenantId = portal.TenantId,
        Roles = "technicians = Technician",
        Domains = $"{_key}.example",
    };

    private async Task<IdentityProvider> AddAsync(Actor admin, ProviderForm form)
    {
        Assert.Null(await Providers.SaveAsync(admin, form, default));
        var row = Assert.Single((await Providers.ListAsync(admin, default))!, p => p.Key == _key);

        // By the change feed, as every other portal hears of it.
        await UntilAsync(() => Task.FromResult(portal.Services.GetRequiredService<SignInProviders>().Find($"openid-{_key}")?.Rules.Roles.Values.Order().SequenceEqual(row.Roles.Values.Order()) == true));
        return row;
    }

    private async Task<PortalBrowser> SignedInAsync()
    {
        var browser = portal.NewBrowser();
        Assert.Equal("/", (await browser.OpenAsync($"/sign-in?with=openid-{_key}")).RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);
        return browser;
    }

    private sealed class After(Func<Task> first, IResult then) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            await first();
            await then.ExecuteAsync(httpContext);
        }
    }

    // What the page's refresh does.
    private static async Task<HttpResponseMessage> OnwardAsync(PortalBrowser browser, HttpResponseMessage page) =>
        await browser.OpenAsync(WebUtility.HtmlDecode((await page.Content.ReadAsStringAsync()).Split("href=\"")[1].Split('"')[0]));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }
}
