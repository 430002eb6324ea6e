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
        await other.SignInAsync(user);
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
        Assert.Contains("The current password is wrong", await end.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        portal.Time.Ahead += TimeSpan.FromMinutes(10);
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
        await browser.SignInAsync(user with { Password = replaced });
    }

    private static async Task<HttpResponseMessage> ChangeAsync(PortalBrowser browser, string current, string next, string repeated) =>
        await browser.SubmitAsync(await browser.OpenAsync("/password"), new() { ["current"] = current, ["next"] = next, ["repeated"] = repeated });

    public sealed class TimedPortal : PortalInstance
    {
        public TimedPortal(PostgresCluster cluster)
            : base(cluster) => Configure = builder => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));

        public ShiftedTime Time { get; } = new();
    }
}
