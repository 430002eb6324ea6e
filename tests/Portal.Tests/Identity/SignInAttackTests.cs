using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>What somebody tries who wants into the portal, or wants a victim's browser to end somewhere else.</summary>
[Collection(PostgresCollection.Name)]
public sealed class SignInAttackTests(SignInAttackTests.AttackedPortal portal) : IClassFixture<SignInAttackTests.AttackedPortal>
{
    private const string Failed = "/sign-in-refused?why=failed";

    // Other tests set the clock ahead, and sign-ins end by it at any moment.
    private const string Entries = "select count(*) from audit.entries where action <> 'sign-in.end'";

    [Theory]
    [InlineData("")]
    [InlineData("?code=x")]
    [InlineData("?code=x&state=")]
    [InlineData("?code=x&state=forged-forged-forged")]
    [InlineData("?error=access_denied&error_description=%0aForged%20line")]
    [InlineData("?state=a&state=b&code=x")]
    public async Task An_answer_that_nobody_asked_for_is_refused_and_not_audited(string query)
    {
        using var browser = portal.NewBrowser();
        var before = await portal.CountAsync(Entries);

        using var answer = await browser.Http.GetAsync("/signed-in" + query);

        Assert.Equal((HttpStatusCode.Found, Failed), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        Assert.Equal(before, await portal.CountAsync(Entries));
        Assert.DoesNotContain(portal.Log, line => line.Contains("\nForged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_is_for_the_browser_that_asked()
    {
        var callback = $"{portal.Url}/signed-in";
        using var attacker = portal.NewBrowser();
        using var victim = portal.NewBrowser();
        var answer = await AnswerAsync(attacker, callback);

        var end = await victim.OpenAsync(answer);
        Assert.Equal(Failed, end.RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Equal(HttpStatusCode.Found, (await victim.Http.GetAsync("/")).StatusCode);

        // Nor does a sign-in that the victim has begun itself take it.
        await victim.OpenAsync("/sign-in");
        Assert.Equal(Failed, (await victim.OpenAsync(answer)).RequestMessage!.RequestUri!.PathAndQuery);
    }

    [Fact]
    public async Task An_answer_is_taken_once()
    {
        using var browser = portal.NewBrowser();
        var answer = await AnswerAsync(browser, $"{portal.Url}/signed-in");

        Assert.Equal("/", (await browser.OpenAsync(answer)).RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Equal(Failed, (await browser.OpenAsync(answer)).RequestMessage!.RequestUri!.PathAndQuery);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("\\\\evil.example/")]
    [InlineData("/\t/evil.example/")]
    [InlineData("/\n/evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("evil.example")]
    [InlineData("~/evil")]
    [InlineData(" //evil.example")]
    public async Task After_the_sign_in_a_browser_stays_here(string returnUrl)
    {
        var user = await portal.TechnicianAsync();
        using var browser = portal.NewBrowser();
        var page = await browser.OpenAsync($"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}");
        var end = await browser.SubmitAsync(page, new() { ["userName"] = user.UserName, ["password"] = user.Password }, "http://evil");

        Assert.Equal($"{portal.Url}/", end.RequestMessage!.RequestUri!.AbsoluteUri);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/openid/authorize?")]
    [InlineData("/openid/authorize@evil.example")]
    [InlineData("/openid/authorize?x\\..\\..")]
    public async Task The_password_form_leads_to_the_provider_and_nowhere_else(string returnUrl)
    {
        var user = await portal.TechnicianAsync();
        using var browser = portal.NewBrowser();
        var page = await browser.OpenAsync($"/openid/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}");
        var end = await browser.SubmitAsync(page, new() { ["userName"] = user.UserName, ["password"] = user.Password }, "http://evil");

        Assert.StartsWith(portal.Url, end.RequestMessage!.RequestUri!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Null(end.Headers.Location);
    }

    [Fact]
    public async Task Forms_of_another_site_are_refused()
    {
        var user = await portal.TechnicianAsync();
        using var browser = portal.NewBrowser();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["userName"] = user.UserName, ["password"] = user.Password });
        var end = await browser.FollowAsync(await browser.Http.PostAsync("/openid/sign-in", form));
        Assert.Contains("This page was open for too long.", await end.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("/openid/sign-in", (await browser.OpenAsync("/")).RequestMessage!.RequestUri!.AbsolutePath);

        await browser.SignInAsync(user);
        using var nothing = new FormUrlEncodedContent([]);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.Http.PostAsync("/sign-out", nothing)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task A_user_who_is_disabled_is_out_at_once_and_at_every_client()
    {
        var admin = await portal.AdminAsync();
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        using var client = new CodeClient(portal);
        await browser.SignInAsync(user);
        var code = await client.CodeAsync(browser);
        var token = (await client.RedeemAsync(await client.CodeAsync(browser))).Body.GetProperty("access_token").GetString()!;

        Assert.Null((await portal.Services.GetRequiredService<UserDirectory>().SetDisabledAsync(admin, user.User.Id, true, "left", CancellationToken.None)).Error);
        portal.Time.Ahead += TimeSpan.FromSeconds(3);

        Assert.StartsWith("/sign-in?", (await browser.Http.GetAsync("/")).Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.RedeemAsync(code)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await client.UserInfoAsync(token));
        Assert.StartsWith("/openid/sign-in?", (await CodeClient.AuthorizeAsync(browser, client.Request())).Headers.Location!.OriginalString, StringComparison.Ordinal);
        var page = await (await browser.TrySignInAsync(user.UserName, user.Password)).Content.ReadAsStringAsync();
        Assert.Contains("An admin has disabled your user.", page, StringComparison.Ordinal);

        // Who does not know the password learns nothing of it.
        page = await (await browser.TrySignInAsync(user.UserName, "another password")).Content.ReadAsStringAsync();
        Assert.Contains("The user name or the password is wrong.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_user_is_asked_for_the_password_after_twelve_hours()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        for (var hour = 0; hour < 12; hour += 4)
        {
            // Both cookies are used, and slide; and a new sign-in that needs no password begins no new twelve hours.
            Assert.Equal("/", (await browser.OpenAsync("/sign-in")).RequestMessage!.RequestUri!.AbsolutePath);
            portal.Time.Ahead += TimeSpan.FromHours(3.9);
        }

        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);
        portal.Time.Ahead += TimeSpan.FromMinutes(19);

        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/")).StatusCode);
        Assert.Equal("/openid/sign-in", (await browser.OpenAsync("/sign-in")).RequestMessage!.RequestUri!.AbsolutePath);
    }

    [Fact]
    public async Task An_address_that_is_not_there_is_not_found_and_not_audited_as_a_denial()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        var before = await portal.CountAsync(Entries);

        using var answer = await browser.Http.GetAsync("/no-such-page");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("There is nothing at this address", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(before, await portal.CountAsync(Entries));
    }

    /// <summary>Signs in at the provider and stops before the answer is delivered.</summary>
    private async Task<string> AnswerAsync(PortalBrowser browser, string callback)
    {
        var user = await portal.TechnicianAsync();
        var page = await browser.OpenAsync("/sign-in");
        var answer = await browser.SubmitAsync(page, new() { ["userName"] = user.UserName, ["password"] = user.Password }, callback);
        return answer.Headers.Location!.AbsoluteUri;
    }

    public sealed class AttackedPortal : PortalInstance
    {
        private Task<TestUser>? _technician;

        public AttackedPortal(PostgresCluster cluster)
            : base(cluster)
        {
            Settings = CodeClient.Settings;
            Configure = builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
        }

        public ShiftedTime Time { get; } = new();

        public Task<TestUser> TechnicianAsync() => _technician ??= AddUserAsync(Role.Technician);

        public async Task<Actor> AdminAsync()
        {
            var user = (await AddUserAsync(Role.Admin)).User;
            return new Actor(user.Id, user.Name, user.TenantId, user.Roles.ToHashSet(), null);
        }
    }
}
