using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Playwright;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Layout;

/// <summary>Pages that are open, in a real browser, when their user's sign-in ends: the circuit is led away at once, and cut off when it does not go.</summary>
[Collection(PostgresCollection.Name)]
public sealed class OpenPageTests(OpenPageTests.PagePortal portal, Chromium chromium) : IClassFixture<OpenPageTests.PagePortal>, IClassFixture<Chromium>
{
    [Theory]
    [InlineData("disabled")]
    [InlineData("role-lost")]
    [InlineData("password-changed")]
    [InlineData("signed-out-by-admin")]
    [InlineData("signed-out-at-provider")]
    [InlineData("time-limit")]
    public async Task An_open_page_is_led_away_when_its_user_has_lost_the_right_to_it(string why)
    {
        var (admin, user) = ((await portal.AddUserAsync(Role.Admin)).Actor, await portal.AddUserAsync(Role.Admin));
        var page = await OpenAsync(user);

        await EndAsync(why, admin, user);

        await LedAwayAsync(page);
        await page.GotoAsync($"{portal.Url}/users");
        Assert.StartsWith($"{portal.Url}/openid/sign-in", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_out_in_one_tab_ends_the_other_tabs_circuit()
    {
        var page = await OpenAsync(await portal.AddUserAsync(Role.Admin));
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync($"{portal.Url}/password");

        await other.ClickAsync(".shell-user button");

        await LedAwayAsync(page);
    }

    [Fact]
    public async Task A_new_sign_in_in_another_tab_leaves_the_page_open()
    {
        var page = await OpenAsync(await portal.AddUserAsync(Role.Admin));
        await page.EvaluateAsync("() => { window.old = true; }");
        var other = await page.Context.NewPageAsync();

        await other.GotoAsync($"{portal.Url}/sign-in");

        await page.WaitForFunctionAsync("() => !window.old");
        await AddUserAsync(page, "After the new sign-in");
        await Assertions.Expect(page.Locator("tr", new() { HasText = "After the new sign-in" })).ToBeVisibleAsync(new() { Timeout = 30_000 });
    }

    [Fact]
    public async Task A_page_that_does_not_let_itself_be_led_away_can_do_nothing_and_loses_its_socket()
    {
        var (admin, user) = ((await portal.AddUserAsync(Role.Admin)).Actor, await portal.AddUserAsync(Role.Admin));
        var sockets = new List<IWebSocket>();
        var page = await OpenAsync(user, p =>
        {
            p.WebSocket += (_, socket) => sockets.Add(socket);
            return p.RouteAsync("**/sign-in-refused*", route => route.FulfillAsync(new() { Status = 204 }));
        });
        var (socket, count) = (sockets[^1], sockets.Count);

        await FillInAsync(page, "Added without a right");

        await EndAsync("disabled", admin, user);
        await page.EvaluateAsync("() => document.querySelector('details.card button[type=submit]').click()");

        await Eventually.HoldsAsync("the page has lost its socket", () => socket.IsClosed);
        Assert.Equal(0, await portal.CountAsync("select count(*) from people where name = 'Added without a right'"));

        // Nor does it get another one.
        var another = await page.Context.APIRequest.PostAsync($"{portal.Url}/_blazor/negotiate?negotiateVersion=1", new() { MaxRedirects = 0 });
        Assert.NotEqual(200, another.Status);
        Assert.True(sockets.Skip(count).All(s => s.IsClosed));
    }

    private async Task<IPage> OpenAsync(TestUser user, Func<IPage, Task>? prepare = null)
    {
        var page = await chromium.SignedInAsync(portal, user);
        if (prepare is not null)
        {
            await prepare(page);
        }

        await page.GotoAsync($"{portal.Url}/users");

        // Not prerendered: what is shown is there by the circuit.
        await page.ClickAsync("summary");
        return page;
    }

    // To the page that says why; to the sign-in where the socket was cut before the browser had read where to.
    private Task LedAwayAsync(IPage page) =>
        page.WaitForURLAsync(url => url.StartsWith($"{portal.Url}/sign-in-refused?why=", StringComparison.Ordinal) || url.StartsWith($"{portal.Url}/openid/sign-in", StringComparison.Ordinal));

    private static async Task AddUserAsync(IPage page, string name)
    {
        await FillInAsync(page, name);
        await page.ClickAsync("details.card button[type=submit]");
    }

    private static async Task FillInAsync(IPage page, string name)
    {
        if (!await page.Locator("details.card form").IsVisibleAsync())
        {
            await page.ClickAsync("summary");
        }

        await page.FillAsync("details.card label:has-text('Name') >> nth=0 >> input", name);
        await page.FillAsync("details.card label:has-text('User name') >> input", $"u{Guid.NewGuid():N}");
    }

    private async Task EndAsync(string why, Actor admin, TestUser user)
    {
        var services = portal.Services;
        switch (why)
        {
            case "disabled":
                Assert.Null((await services.GetRequiredService<UserDirectory>().SetDisabledAsync(admin, user.User.Id, true, "left", CancellationToken.None)).Error);
                break;
            case "role-lost":
                Assert.Null((await services.GetRequiredService<UserDirectory>().SetRolesAsync(admin, user.User.Id, [Role.Compliance], CancellationToken.None)).Error);
                break;
            case "password-changed":
                Assert.Null((await services.GetRequiredService<Passwords>().ReplaceAsync(admin, user.User.Id, CancellationToken.None)).Error);
                break;
            case "signed-out-by-admin":
                Assert.Null(await services.GetRequiredService<UserSignIns>().EndAllAsync(admin, user.User.Id, CancellationToken.None));
                break;
            case "signed-out-at-provider":
                await services.GetRequiredService<ProviderLogouts>().EndAsync(new LogoutToken(user.User.Issuer, user.User.Subject, null));
                break;
            case "time-limit":
                portal.Time.Ahead += TimeSpan.FromHours(12.1);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(why), why, null);
        }
    }

    public sealed class PagePortal : PortalInstance
    {
        public PagePortal(PostgresCluster cluster)
            : base(cluster)
        {
            Settings = new() { ["SignIn:AttemptsPerMinute"] = "100000" };
            Configure = builder =>
            {
                builder.WebHost.UseStaticWebAssets();
                builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Time));
            };
        }

        public ShiftedTime Time { get; } = new();
    }
}
