using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

[Collection(PostgresCollection.Name)]
public sealed class PasswordTests(PasswordTests.TimedPortal portal) : IClassFixture<PasswordTests.TimedPortal>
{
    private const string Next = "the next password";

    [Fact]
    public async Task Who_changes_their_password_signs_in_with_it_and_is_out_everywhere_else()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        using var elsewhere = portal.NewBrowser();
        await browser.SignInAsync(user);
        await elsewhere.SignInAsync(user);

        var end = await ChangeAsync(browser, user.Password, Next, Next);
        Assert.Equal("/openid/sign-in", end.RequestMessage!.RequestUri!.AbsolutePath);

        // Out at the portal, and at the provider, which would else sign them in again without a word.
        portal.Time.Ahead += TimeSpan.FromSeconds(3);
        Assert.Equal("/openid/sign-in", (await elsewhere.OpenAsync("/")).RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal("/openid/sign-in", (await elsewhere.TrySignInAsync(user.UserName, user.Password)).RequestMessage!.RequestUri!.AbsolutePath);
        await elsewhere.SignInAsync(user with { Password = Next });
        Assert.Equal(1, await portal.CountAsync($"select count(*) from audit.entries where action = 'user.password' and subject_id = '{user.User.Id}'"));
    }

    [Theory]
    [InlineData(null, "too short", "too short", "at least 12|12 to 200 characters")]
    [InlineData(null, Next, "another password", "not typed the same twice")]
    [InlineData(null, null, null, "differ from the current one")]
    [InlineData("a wrong password", Next, Next, "The current password is wrong")]
    public async Task What_does_not_fit_changes_nothing(string? current, string? next, string? repeated, string message)
    {
        var user = await portal.AddUserAsync(Role.Operator);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);

        var end = await ChangeAsync(browser, current ?? user.Password, next ?? user.Password, repeated ?? user.Password);

        Assert.Matches(message, await end.Content.ReadAsStringAsync());
        using var other = portal.NewBrowser();
        var signedIn = await other.TrySignInAsync(user.UserName, user.Password);
        Assert.NotEqual("/openid/sign-in", signedIn.RequestMessage!.RequestUri!.AbsolutePath);
    }

    [Fact]
    public async Task A_page_that_was_left_open_is_no_way_to_guess_a_password()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        for (var i = 0; i < 5; i++)
        {
            await ChangeAsync(browser, $"guess number {i}", Next, Next);
        }

        var end = await ChangeAsync(browser, user.Password, Next, Next);
        Assert.Matches("This one was not looked at: try again in [0-9]+ seconds", await end.Content.ReadAsStringAsync());

        // The owner signs in elsewhere meanwhile, and hears of it.
        using var elsewhere = portal.NewBrowser();
        var notice = await (await elsewhere.TrySignInAsync(user.UserName, user.Password)).Content.ReadAsStringAsync();
        Assert.Contains("5 wrong passwords were tried at your account", notice, StringComparison.Ordinal);
        Assert.Contains("from the password page", notice, StringComparison.Ordinal);
        portal.Time.Ahead += TimeSpan.FromMinutes(1);
        Assert.Equal("/openid/sign-in", (await ChangeAsync(browser, user.Password, Next, Next)).RequestMessage!.RequestUri!.AbsolutePath);
    }

    [Fact]
    public async Task A_form_of_another_site_changes_nothing()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["current"] = user.Password, ["next"] = Next, ["repeated"] = Next });

        using var answer = await browser.Http.PostAsync("/password", form);

        Assert.Equal((HttpStatusCode.Found, "/password?error=stale"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task An_admin_gives_a_new_password_to_their_own_people_only()
    {
        var passwords = portal.Services.GetRequiredService<Passwords>();
        var (admin, user) = ((await portal.AddUserAsync(Role.Admin)).User, await portal.AddUserAsync(Role.Technician));
        var actor = new Actor(admin.Id, admin.Name, admin.TenantId, admin.Roles.ToHashSet(), null);

        Assert.Null((await passwords.ReplaceAsync((await portal.AddStrangerAsync(Role.Admin)).Actor, user.User.Id, CancellationToken.None)).InitialPassword);
        var replaced = (await passwords.ReplaceAsync(actor, user.User.Id, CancellationToken.None)).InitialPassword!;

        using var browser = portal.NewBrowser();
        Assert.Equal("/openid/sign-in", (await browser.TrySignInAsync(user.UserName, user.Password)).RequestMessage!.RequestUri!.AbsolutePath);
        await ChooseAsync(browser, user.UserName, replaced, Next);
        using var other = portal.NewBrowser();
        await other.SignInAsync(user with { Password = Next });
    }

    [Fact]
    public async Task A_password_that_an_admin_has_seen_is_good_for_choosing_another_and_nothing_else()
    {
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        var userName = $"new{Guid.NewGuid():N}";
        var added = await portal.Services.GetRequiredService<UserDirectory>().AddAsync(admin, "New here", userName, [Role.Technician], CancellationToken.None);
        using var browser = portal.NewBrowser();

        var page = await browser.TrySignInAsync(userName, added.InitialPassword!);
        Assert.Equal("/openid/new-password", page.RequestMessage!.RequestUri!.AbsolutePath);

        // No page of the portal, and no code for another client, with or without a page.
        Assert.Equal("/openid/new-password", (await browser.OpenAsync("/")).RequestMessage!.RequestUri!.AbsolutePath);
        using var client = new CodeClient(portal);
        Assert.StartsWith("/openid/new-password?", (await CodeClient.AuthorizeAsync(browser, client.Request())).Headers.Location!.OriginalString, StringComparison.Ordinal);
        var silent = client.Request();
        silent["prompt"] = "none";
        Assert.Equal("interaction_required", CodeClient.Answer(await CodeClient.AuthorizeAsync(browser, silent))["error"]);

        await RefusedAsync("too short", "too short", "12 to 200 characters");
        await RefusedAsync(Next, "another password", "not typed the same twice");
        await RefusedAsync(added.InitialPassword!, added.InitialPassword!, "differ from the temporary one");

        // Who else has the temporary password is out when the owner has chosen.
        using var admins = portal.NewBrowser();
        await admins.TrySignInAsync(userName, added.InitialPassword!);
        await ChooseAsync(browser, userName, added.InitialPassword!, Next);
        Assert.Equal("/openid/sign-in", (await admins.OpenAsync("/")).RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal("/openid/sign-in", (await admins.TrySignInAsync(userName, added.InitialPassword!)).RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal(1, await portal.CountAsync($"select count(*) from audit.entries where action = 'user.password' and actor = '{userName}'"));

        async Task RefusedAsync(string next, string repeated, string message)
        {
            var answer = await browser.SubmitAsync(page, new() { ["next"] = next, ["repeated"] = repeated });
            Assert.Contains(message, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_form_for_temporary_passwords_changes_no_other_and_nobody_elses()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);

        // Without the current password it would be the way to take over a browser that was left open.
        var page = await browser.OpenAsync("/openid/new-password");
        Assert.Equal("/", (await browser.SubmitAsync(page, new() { ["next"] = Next, ["repeated"] = Next })).RequestMessage!.RequestUri!.AbsolutePath);
        using var nobody = portal.NewBrowser();
        await nobody.SubmitAsync(await nobody.OpenAsync("/openid/new-password"), new() { ["next"] = Next, ["repeated"] = Next });

        using var other = portal.NewBrowser();
        await other.SignInAsync(user);
    }

    private static async Task ChooseAsync(PortalBrowser browser, string userName, string temporary, string next)
    {
        var page = await browser.TrySignInAsync(userName, temporary);
        Assert.Equal("/openid/new-password", page.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal("/", (await browser.SubmitAsync(page, new() { ["next"] = next, ["repeated"] = next })).RequestMessage!.RequestUri!.AbsolutePath);
    }

    private static async Task<HttpResponseMessage> ChangeAsync(PortalBrowser browser, string current, string next, string repeated) =>
        await browser.SubmitAsync(await browser.OpenAsync("/password"), new() { ["current"] = current, ["next"] = next, ["repeated"] = repeated });

    public sealed class TimedPortal : PortalInstance
    {
        public TimedPortal(PostgresCluster cluster)
            : base(cluster)
        {
            Settings = CodeClient.Settings;
            Configure = builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
        }

        public ShiftedTime Time { get; } = new();
    }
}
