using Microsoft.AspNetCore.Hosting;
using Microsoft.Playwright;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>In a real browser, which holds forms to our Content-Security-Policy: a provider is added, and somebody signs in at it.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ProvidersPageTests(ProvidersPageTests.PagePortal portal, Chromium chromium) : IClassFixture<ProvidersPageTests.PagePortal>, IClassFixture<Chromium>
{
    [Fact]
    public async Task An_admin_adds_tests_and_removes_a_provider_and_its_people_sign_in_by_their_address()
    {
        await using var provider = await HostileProvider.StartAsync(TimeProvider.System);
        var page = await chromium.SignedInAsync(portal, await portal.AddUserAsync(Role.Admin), "/providers");
        await page.ClickAsync("text=Add a provider");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Example company");
        await page.GetByLabel("Short name").FillAsync("example");
        await page.GetByLabel("Authority").FillAsync(provider.Url);
        await Assertions.Expect(page.Locator("form.card")).ToContainTextAsync($"{portal.Url}/signed-in/example");
        await page.ClickAsync("form button:text-is('Test')");
        await Assertions.Expect(page.Locator("#provider-answer")).ToContainTextAsync($"{provider.Url} answers, with 1 key(s).");
        await page.GetByLabel("Client ID").FillAsync(HostileProvider.ClientId);
        await page.GetByLabel("Client secret").FillAsync("a secret of the company");
        await page.GetByLabel("Roles", new() { Exact = false }).Last.FillAsync("technicians = Technician");
        await page.GetByLabel("E-mail domains").FillAsync("example.com");
        await page.ClickAsync("text=Save");
        await Assertions.Expect(page.Locator("table.list tbody tr")).ToContainTextAsync(["Example company"]);

        var other = await page.Context.Browser!.NewPageAsync();
        await other.GotoAsync($"{portal.Url}/sign-in?returnUrl=/sign-ins");
        await other.GetByLabel("Your e-mail address at work").FillAsync("mallory@example.com");
        await other.ClickAsync("button[type=submit]");
        await other.WaitForURLAsync($"{portal.Url}/sign-ins");

        await other.GetByText("this browser").WaitForAsync();
        await page.ClickAsync("table.list button:text-is('Remove')");
        await Assertions.Expect(page.Locator("dialog")).ToContainTextAsync("One person is signed in by it: they are signed out");
        await page.ClickAsync("dialog button.danger");

        // Their open page goes at once, to say why, or to the sign-in where it was cut before it had read where to.
        await other.WaitForURLAsync(url => url.EndsWith("/sign-in-refused?why=provider-removed", StringComparison.Ordinal) || url.StartsWith($"{portal.Url}/openid/sign-in", StringComparison.Ordinal), new() { Timeout = 5_000 });
        await Assertions.Expect(page.Locator("text=No company's own provider")).ToBeVisibleAsync();
        await other.GotoAsync($"{portal.Url}/sign-ins");
        Assert.StartsWith($"{portal.Url}/openid/sign-in", other.Url, StringComparison.Ordinal);
    }

    public sealed class PagePortal : PortalInstance
    {
        public PagePortal(PostgresCluster cluster)
            : base(cluster) => Configure = builder => builder.WebHost.UseStaticWebAssets();
    }
}
