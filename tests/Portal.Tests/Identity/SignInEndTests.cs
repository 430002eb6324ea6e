using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>A cookie is worth what its sign-in is worth: a copy of it, too, and nothing once that has ended.</summary>
[Collection(PostgresCollection.Name)]
public sealed class SignInEndTests(SignInEndTests.TimedPortal portal) : IClassFixture<SignInEndTests.TimedPortal>
{
    [Fact]
    public async Task Copies_of_both_cookies_are_refused_once_their_user_has_signed_out()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        using var thief = CopyOf(browser);
        using var client = new CodeClient(portal);
        var code = await client.CodeAsync(thief);
        var token = (await client.RedeemAsync(await client.CodeAsync(thief))).Body.GetProperty("access_token").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await thief.Http.GetAsync("/password")).StatusCode);

        await SignOutAsync(browser);

        Assert.StartsWith("/sign-in?", (await thief.Http.GetAsync("/password")).Headers.Location!.PathAndQuery, StringComparison.Ordinal);
        Assert.StartsWith("/openid/sign-in?", (await CodeClient.AuthorizeAsync(thief, client.Request())).Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.RedeemAsync(code)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await client.UserInfoAsync(token));
    }

    [Fact]
    public async Task Signing_out_at_the_provider_alone_ends_copies_of_its_cookie()
    {
        using var browser = await portal.SignedInAsync(Role.Technician);
        using var thief = CopyOf(browser);
        using var client = new CodeClient(portal);
        var hint = (await client.RedeemAsync(await client.CodeAsync(browser))).Body.GetProperty("id_token").GetString()!;

        await browser.Http.GetAsync($"/openid/end-session?id_token_hint={hint}");

        Assert.StartsWith("/openid/sign-in?", (await CodeClient.AuthorizeAsync(thief, client.Request())).Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_out_ends_the_sign_in_of_that_browser_and_no_other()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        using var other = portal.NewBrowser();
        await browser.SignInAsync(user);
        await other.SignInAsync(user);

        await SignOutAsync(browser);

        portal.Time.Ahead += TimeSpan.FromSeconds(3);
        Assert.Equal(HttpStatusCode.OK, (await other.Http.GetAsync("/password")).StatusCode);
        var entry = await portal.CountAsync($"select count(*) from audit.entries where action = 'sign-out' and subject_id = '{user.User.Id}' and body::jsonb ->> 'reason' = 'Signed out.'");
        Assert.Equal(1, entry);
    }

    [Fact]
    public async Task A_new_sign_in_in_the_same_browser_ends_the_older_ones_cookies_at_portal_and_provider()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        using var thief = CopyOf(browser);

        // Without the password, by the provider's sign-in, which goes on; then with it.
        await browser.OpenAsync("/sign-in");
        await Eventually.HoldsAsync("the sign-in has ended", async () => await EndedAsync(user, SignInEnd.Replaced) == 1);
        Assert.Equal(HttpStatusCode.Found, (await thief.Http.GetAsync("/password")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/password")).StatusCode);
        using var client = new CodeClient(portal);
        Assert.NotEmpty(await client.CodeAsync(thief));
        var again = client.Request();
        again["prompt"] = "login";
        var page = await browser.FollowAsync(await CodeClient.AuthorizeAsync(browser, again));
        await browser.SubmitAsync(page, new() { ["userName"] = user.UserName, ["password"] = user.Password }, CodeClient.Callback);
        Assert.StartsWith("/openid/sign-in?", (await CodeClient.AuthorizeAsync(thief, client.Request())).Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.NotEmpty(await client.CodeAsync(browser));
        Assert.Equal(1, await portal.CountAsync($"select count(*) from sign_ins where user_id = '{user.User.Id}' and ended_at is null"));
    }

    [Fact]
    public async Task After_twelve_hours_the_row_of_a_sign_in_ends_by_itself()
    {
        var (earlier, user) = (await portal.AddUserAsync(Role.Technician), await portal.AddUserAsync(Role.Technician));
        using var other = portal.NewBrowser();
        await other.SignInAsync(earlier);
        portal.Time.Ahead += TimeSpan.FromMinutes(10);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);

        // What ended the earlier one has looked at this one too.
        portal.Time.Ahead += TimeSpan.FromHours(11.9);
        await Eventually.HoldsAsync("the earlier sign-in has ended", async () => await EndedAsync(earlier, SignInEnd.TimeLimit) == 1);
        Assert.Equal(0, await EndedAsync(user, SignInEnd.TimeLimit));
        portal.Time.Ahead += TimeSpan.FromMinutes(10);

        await Eventually.HoldsAsync("the sign-in has ended", async () => await EndedAsync(user, SignInEnd.TimeLimit) == 1);
        await Eventually.HoldsAsync("its end is in the audit log", async () => await portal.CountAsync($"select count(*) from audit.entries where action = 'sign-in.end' and subject_id = '{user.User.Id}' and body::jsonb ->> 'reason' = 'Signed in for 12 hours, which is the longest.'") == 1);
        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/password")).StatusCode);
    }

    [Fact]
    public async Task A_role_less_ends_every_sign_in_and_a_role_more_holds_at_once_without_a_new_one()
    {
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        var users = portal.Services.GetRequiredService<UserDirectory>();
        Assert.NotEqual(HttpStatusCode.OK, (await browser.Http.GetAsync("/audit")).StatusCode);

        Assert.Null((await users.SetRolesAsync(admin, user.User.Id, [Role.Technician, Role.Compliance], CancellationToken.None)).Error);
        portal.Time.Ahead += TimeSpan.FromSeconds(3);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/audit")).StatusCode);

        Assert.Null((await users.SetRolesAsync(admin, user.User.Id, [Role.Compliance], CancellationToken.None)).Error);
        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/audit")).StatusCode);
        Assert.Equal(1, await EndedAsync(user, SignInEnd.RoleLost));
        Assert.Equal(1, await portal.CountAsync($"select count(*) from audit.entries where action = 'sign-in.end' and subject_id = '{user.User.Id}' and body::jsonb ->> 'actorId' = '{admin.UserId}' and body::jsonb ->> 'reason' = 'The user lost a role.'"));
    }

    [Fact]
    public async Task People_see_where_they_are_signed_in_and_end_what_they_do_not_know()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        using var unknown = portal.NewBrowser();
        using var forgotten = portal.NewBrowser();
        unknown.Http.DefaultRequestHeaders.UserAgent.ParseAdd("Unknown/1.0");
        foreach (var each in new[] { browser, unknown, forgotten })
        {
            await each.SignInAsync(user);
        }

        var signIns = portal.Services.GetRequiredService<UserSignIns>();
        var all = await signIns.OwnAsync(user.Actor, CancellationToken.None);
        Assert.Equal(3, all.Count(s => s.EndedAt is null));
        var suspect = Assert.Single(all, s => s.Browser == "Unknown/1.0");
        var own = user.Actor with { SignInId = all.Where(s => s != suspect).MinBy(s => s.Id)!.Id };

        await signIns.EndAsync(own, suspect.Id, CancellationToken.None);
        Assert.Equal(HttpStatusCode.Found, (await unknown.Http.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await forgotten.Http.GetAsync("/")).StatusCode);

        await signIns.EndOthersAsync(own, CancellationToken.None);
        Assert.Equal(HttpStatusCode.Found, (await forgotten.Http.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);

        // Nobody else's, whoever's they are.
        using var neighbour = portal.NewBrowser();
        await neighbour.SignInAsync(await portal.AddUserAsync(Role.Technician));
        await using var db = portal.Services.GetRequiredService<Portal.Data.PortalDbFactory>().ForSystem();
        foreach (var row in db.SignIns.Where(s => s.UserId != user.User.Id && s.EndedAt == null).ToList())
        {
            await signIns.EndAsync(own, row.Id, CancellationToken.None);
        }

        Assert.Equal(HttpStatusCode.OK, (await neighbour.Http.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task An_admin_signs_out_their_own_people_everywhere_and_nobody_elses()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        var signIns = portal.Services.GetRequiredService<UserSignIns>();
        var stranger = (await portal.AddStrangerAsync(Role.Admin)).Actor;
        var admin = (await portal.AddUserAsync(Role.Admin)).Actor;

        Assert.NotNull(await signIns.EndAllAsync(stranger, user.User.Id, CancellationToken.None));
        Assert.Null(await signIns.OfUserAsync(stranger, user.User.Id, CancellationToken.None));
        await Assert.ThrowsAsync<AccessRefusedException>(() => signIns.EndAllAsync(user.Actor, admin.UserId, CancellationToken.None));
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/")).StatusCode);

        Assert.Single((await signIns.OfUserAsync(admin, user.User.Id, CancellationToken.None))!.Value.SignIns);
        Assert.Null(await signIns.EndAllAsync(admin, user.User.Id, CancellationToken.None));

        // At the provider, too.
        Assert.Equal("/openid/sign-in", (await browser.OpenAsync("/")).RequestMessage!.RequestUri!.AbsolutePath);
    }

    [Fact]
    public async Task What_is_done_by_a_sign_in_that_has_ended_is_refused_wherever_it_comes_from()
    {
        var user = await portal.AddUserAsync(Role.Admin);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        var signIns = portal.Services.GetRequiredService<UserSignIns>();
        var actor = user.Actor with { SignInId = Assert.Single(await signIns.OwnAsync(user.Actor, CancellationToken.None)).Id };
        Assert.NotEmpty(await portal.Services.GetRequiredService<UserDirectory>().ListAsync(actor, CancellationToken.None));

        await signIns.EndAsync(actor, actor.SignInId!.Value, CancellationToken.None);

        var refused = await Assert.ThrowsAsync<AccessRefusedException>(() => portal.Services.GetRequiredService<UserDirectory>().ListAsync(actor, CancellationToken.None));
        Assert.Equal(AccessRefusal.SignedOut, refused.Why);
    }

    [Fact]
    public async Task Rows_of_sign_ins_that_ended_more_than_thirty_days_ago_are_removed()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        await SignOutAsync(browser);
        portal.Time.Ahead += TimeSpan.FromDays(29);
        await browser.SignInAsync(user);
        Assert.Equal(2, await RowsAsync("sign_ins", "user_id", user.User.Id));
        Assert.Equal(2, await RowsAsync("provider_sign_ins", "account_id", Guid.Parse(user.User.Subject)));

        portal.Time.Ahead += TimeSpan.FromDays(2);
        await Eventually.HoldsAsync("the sign-in has ended", async () => await EndedAsync(user, SignInEnd.TimeLimit) == 1);
        await browser.SignInAsync(user);

        Assert.Equal(2, await RowsAsync("sign_ins", "user_id", user.User.Id));
        Assert.Equal(2, await RowsAsync("provider_sign_ins", "account_id", Guid.Parse(user.User.Subject)));
    }

    private PortalBrowser CopyOf(PortalBrowser browser)
    {
        var copy = portal.NewBrowser();
        copy.Cookies.Add(browser.Cookies.GetAllCookies());
        return copy;
    }

    /// <summary>By the button of the shell, at the portal and then at the provider.</summary>
    private static async Task SignOutAsync(PortalBrowser browser)
    {
        var page = await browser.OpenAsync("/");
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["__RequestVerificationToken"] = await PortalBrowser.AntiforgeryTokenAsync(page) });
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.PostAsync("/sign-out", form)).StatusCode);
    }

    private Task<long> EndedAsync(TestUser user, SignInEnd why) => portal.CountAsync($"select count(*) from sign_ins where user_id = '{user.User.Id}' and end_reason = '{why}'");

    private Task<long> RowsAsync(string table, string column, Guid id) => portal.CountAsync($"select count(*) from {table} where {column} = '{id}'");

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
