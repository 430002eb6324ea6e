using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>Two portals on one database and one key folder, behind one address: people do not notice which of them answers.</summary>
[Collection(PostgresCollection.Name)]
public sealed class TwoPortalsTests(PortalPair pair, Chromium chromium) : IClassFixture<PortalPair>, IClassFixture<Chromium>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, true)]
    public async Task A_sign_in_that_is_begun_at_one_is_finished_at_the_other(params bool[] toFirst)
    {
        var user = await pair.First.AddUserAsync(Role.Technician);
        using var browser = pair.NewBrowser([.. toFirst.Select(first => first ? pair.First : pair.Second)]);

        await browser.SignInAsync(user, "/sign-ins");

        // And both believe the cookie, take forms with the other's token, and end it for both.
        await PostAsync(browser, await browser.OpenAsync("/"), "/sign-out");
        foreach (var portal in new[] { pair.First, pair.Second })
        {
            using var either = pair.NewBrowser(portal);
            either.Cookies.Add(browser.Cookies.GetAllCookies());
            await SoonAsync(async () => (await either.Http.GetAsync("/sign-ins")).StatusCode == HttpStatusCode.Found);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_code_of_the_embedded_provider_that_one_gave_is_redeemed_at_the_other_once(bool givenByFirst)
    {
        var (giver, taker) = givenByFirst ? (pair.First, pair.Second) : (pair.Second, pair.First);
        var user = await pair.First.AddUserAsync(Role.Technician);
        using var browser = pair.NewBrowser(giver);
        await browser.SignInAsync(user);
        using var client = new CodeClient(pair.NewBrowser(taker).Http);
        var code = await client.CodeAsync(browser);

        var (status, tokens) = await client.RedeemAsync(code);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(HttpStatusCode.OK, await client.UserInfoAsync(tokens.GetProperty("access_token").GetString()!));

        using var elsewhere = new CodeClient(pair.NewBrowser(giver).Http);
        Assert.Equal(HttpStatusCode.BadRequest, (await elsewhere.RedeemAsync(code, client.Verifier)).Status);

        // What the code gave is void, at both.
        Assert.Equal(HttpStatusCode.Unauthorized, await client.UserInfoAsync(tokens.GetProperty("access_token").GetString()!));
        Assert.Equal(HttpStatusCode.Unauthorized, await elsewhere.UserInfoAsync(tokens.GetProperty("access_token").GetString()!));
    }

    [Fact]
    public async Task A_provider_that_is_added_changed_and_removed_at_one_is_known_so_at_the_other_within_seconds()
    {
        await using var provider = await HostileProvider.StartAsync(pair.Time);
        var (admin, rows) = ((await pair.First.AddUserAsync(Role.Admin)).Actor, pair.First.Services.GetRequiredService<IdentityProviders>());
        var form = Form(provider, "followed");

        Assert.Null(await rows.SaveAsync(admin, form, default));
        await SoonAsync(async () => await EndAsync() == "/");

        var changed = ProviderForm.Of(Assert.Single((await rows.ListAsync(admin, default))!, row => row.Key == "followed"), await rows.CompaniesAsync(admin, default));
        changed.Roles = "nobody = Technician";
        Assert.Null(await rows.SaveAsync(admin, changed, default));
        await SoonAsync(async () => await EndAsync() == "/sign-in-refused?why=norole");

        Assert.Null(await rows.RemoveAsync(admin, changed.Id!.Value, default));
        await SoonAsync(async () => (await EndAsync()).StartsWith("/openid/sign-in", StringComparison.Ordinal) || (await EndAsync()).StartsWith("/sign-in/choose", StringComparison.Ordinal));

        async Task<string> EndAsync()
        {
            using var browser = pair.NewBrowser(pair.Second);
            return (await browser.OpenAsync("/sign-in?with=openid-followed")).RequestMessage!.RequestUri!.PathAndQuery;
        }
    }

    [Fact]
    public async Task A_sign_in_at_a_companys_provider_that_is_begun_at_one_is_finished_at_the_other()
    {
        await using var provider = await HostileProvider.StartAsync(pair.Time);
        await AddAsync(provider, "alternating");
        foreach (var order in new PortalInstance[][] { [pair.First, pair.Second], [pair.Second, pair.First] })
        {
            using var browser = pair.NewBrowser(order);
            var end = await browser.OpenAsync("/sign-in?with=openid-alternating&returnUrl=/sign-ins");
            Assert.Equal((HttpStatusCode.OK, "/sign-ins"), (end.StatusCode, end.RequestMessage!.RequestUri!.PathAndQuery));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_new_key_of_the_embedded_provider_made_by_one_is_published_used_and_believed_by_both(bool firstMakesIt)
    {
        var (maker, other) = firstMakesIt ? (pair.First, pair.Second) : (pair.Second, pair.First);
        var user = await pair.First.AddUserAsync(Role.Technician);
        var before = await SignsWithAsync(maker);
        Assert.Equal(before, await SignsWithAsync(other));

        pair.Time.Ahead += KeyPlan.Period;
        await KeepHouseAsync(maker);
        await KeepHouseAsync(other);
        var published = await PublishedAsync(maker);
        Assert.True(published.Count >= 2);
        Assert.Equal(published.Order(), (await PublishedAsync(other)).Order());

        // The one that made it is the first to use it: what it signs now, the other believes; and the reverse.
        pair.Time.Ahead += KeyPlan.Ahead;
        await KeepHouseAsync(maker);
        var after = await SignsWithAsync(maker);
        Assert.NotEqual(before, after);
        Assert.Contains(after, published);
        Assert.Equal(before, await SignsWithAsync(other));
        await EverybodySignsInAsync();

        await KeepHouseAsync(other);
        Assert.Equal(after, await SignsWithAsync(other));
        await EverybodySignsInAsync();

        static Task KeepHouseAsync(PortalInstance portal) => portal.Services.GetRequiredService<ProviderHousekeeping>().RunAsync(CancellationToken.None);

        async Task EverybodySignsInAsync()
        {
            foreach (var order in new PortalInstance[][] { [maker, other], [other, maker], [maker], [other] })
            {
                using var browser = pair.NewBrowser(order);
                await browser.SignInAsync(user);
            }
        }

        async Task<string> SignsWithAsync(PortalInstance portal)
        {
            using var browser = pair.NewBrowser(portal);
            await browser.SignInAsync(user);
            using var client = new CodeClient(pair.NewBrowser(portal).Http);
            var token = (await client.RedeemAsync(await client.CodeAsync(browser))).Body.GetProperty("id_token").GetString()!;
            return JsonElement.Parse(Base64Url.DecodeFromChars(token.Split('.')[0])).GetProperty("kid").GetString()!;
        }

        async Task<List<string>> PublishedAsync(PortalInstance portal)
        {
            using var browser = pair.NewBrowser(portal);
            return [.. JsonElement.Parse(await browser.Http.GetByteArrayAsync("/openid/jwks")).GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("kid").GetString()!)];
        }
    }

    [Fact]
    public async Task A_back_channel_logout_that_comes_to_one_ends_sign_in_and_open_page_at_the_other_and_is_taken_once_by_both_together()
    {
        await using var provider = await HostileProvider.StartAsync(pair.Time);
        await AddAsync(provider, "logouts");
        var page = await chromium.NewPageAsync();
        await page.GotoAsync($"{pair.First.Url}/sign-in?with=openid-logouts&returnUrl=/sign-ins");
        await page.GetByText("this browser").WaitForAsync();
        var token = provider.LogoutToken("mallory");
        var began = Stopwatch.GetTimestamp();

        Assert.Equal(HttpStatusCode.OK, await LogOutAsync(pair.Second, token));

        await page.WaitForURLAsync(url => url.StartsWith($"{pair.First.Url}/sign-in-refused?why=", StringComparison.Ordinal) || url.StartsWith($"{pair.First.Url}/sign-in/choose", StringComparison.Ordinal));

        // Nor is a copy of the cookie good for anything.
        using var copy = pair.NewBrowser(pair.First);
        foreach (var cookie in await page.Context.CookiesAsync())
        {
            copy.Cookies.Add(new Cookie(cookie.Name, cookie.Value, cookie.Path, cookie.Domain));
        }

        await SoonAsync(async () => (await copy.Http.GetAsync("/sign-ins")).StatusCode == HttpStatusCode.Found);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, Soon);

        // Sent again to either, it ends nothing of a new sign-in.
        using var again = pair.NewBrowser(pair.First, pair.Second);
        Assert.Equal(HttpStatusCode.OK, (await again.OpenAsync("/sign-in?with=openid-logouts&returnUrl=/sign-ins")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, await LogOutAsync(pair.First, token));
        Assert.Equal(HttpStatusCode.BadRequest, await LogOutAsync(pair.Second, token));
        Assert.Equal(HttpStatusCode.OK, (await again.Http.GetAsync("/sign-ins")).StatusCode);
    }

    [Fact]
    public async Task Of_one_logout_token_that_comes_to_both_at_once_one_is_taken()
    {
        await using var provider = await HostileProvider.StartAsync(pair.Time);
        await AddAsync(provider, "twice");
        var token = provider.LogoutToken("nobody");

        var answers = await Task.WhenAll(LogOutAsync(pair.First, token), LogOutAsync(pair.Second, token), LogOutAsync(pair.First, token), LogOutAsync(pair.Second, token));

        Assert.Single(answers, HttpStatusCode.OK);
        Assert.Equal(3, answers.Count(answer => answer == HttpStatusCode.BadRequest));
    }

    private ProviderForm Form(HostileProvider provider, string key) => new()
    {
        Key = key,
        Title = "A company's provider",
        Authority = provider.Url,
        ClientId = HostileProvider.ClientId,
        Secret = "a secret of the company",
        TenantId = pair.First.TenantId,
        Roles = "technicians = Technician",
    };

    /// <summary>Added at one, and known at both.</summary>
    private async Task AddAsync(HostileProvider provider, string key)
    {
        Assert.Null(await pair.First.Services.GetRequiredService<IdentityProviders>().SaveAsync((await pair.First.AddUserAsync(Role.Admin)).Actor, Form(provider, key), default));
        await SoonAsync(() => Task.FromResult(new[] { pair.First, pair.Second }.All(portal => portal.Services.GetRequiredService<SignInProviders>().Find($"openid-{key}") is not null)));
    }

    private async Task<HttpStatusCode> LogOutAsync(PortalInstance portal, string token)
    {
        using var caller = pair.NewBrowser(portal);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["logout_token"] = token });
        return (await caller.Http.PostAsync("/back-channel-logout", form)).StatusCode;
    }

    private static async Task PostAsync(PortalBrowser browser, HttpResponseMessage page, string address)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["__RequestVerificationToken"] = await PortalBrowser.AntiforgeryTokenAsync(page) });
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.PostAsync(address, form)).StatusCode);
    }

    private static async Task SoonAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Soon);
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }
}
