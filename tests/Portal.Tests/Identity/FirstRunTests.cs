using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>The first admin is made once, by who can read the portal's log.</summary>
[Collection(PostgresCollection.Name)]
public sealed class FirstRunTests(PostgresCluster cluster)
{
    [Fact]
    public async Task The_code_of_the_log_makes_one_admin_and_no_other()
    {
        await using var portal = await PortalInstance.StartAsync(cluster);
        using var browser = portal.NewBrowser();
        var code = await CodeAsync(portal);

        var page = await browser.OpenAsync("/first-run");
        Assert.Contains("This is not the code from the log.", await TextAsync(await browser.SubmitAsync(page, Form("wrong-code", "eve"))), StringComparison.Ordinal);
        Assert.Contains("This is not the code from the log.", await TextAsync(await browser.SubmitAsync(page, Form("", "eve"))), StringComparison.Ordinal);

        // A password that is too short does not spend the code.
        Assert.Contains("Passwords must be at least 12 characters", await TextAsync(await browser.SubmitAsync(page, Form(code, "admin", "too short"))), StringComparison.Ordinal);
        var made = await browser.SubmitAsync(page, Form(code, "admin"));
        Assert.Equal("/openid/sign-in", made.RequestMessage!.RequestUri!.AbsolutePath);

        var again = await browser.SubmitAsync(page, Form(code, "eve"));
        Assert.Contains("The first admin exists", await TextAsync(again), StringComparison.Ordinal);
        Assert.Contains("Already set up", await TextAsync(await browser.OpenAsync("/first-run")), StringComparison.Ordinal);
        Assert.Equal(1, await portal.CountAsync("select count(*) from people"));
    }

    [Fact]
    public async Task Of_many_who_use_the_code_at_once_one_becomes_the_admin()
    {
        await using var portal = await PortalInstance.StartAsync(cluster);
        using var browser = portal.NewBrowser();
        var code = await CodeAsync(portal);
        var page = await browser.OpenAsync("/first-run");
        await page.Content.LoadIntoBufferAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => browser.SubmitAsync(page, Form(code, $"admin{i}"))));

        Assert.Equal(1, await portal.CountAsync("select count(*) from audit.entries where action = 'first-admin'"));
        Assert.Equal(1, await portal.CountAsync("select count(*) from people"));
    }

    [Fact]
    public async Task A_portal_that_has_users_has_no_code()
    {
        await using var portal = await PortalInstance.StartAsync(cluster);
        using var browser = portal.NewBrowser();
        var code = await CodeAsync(portal);
        var page = await browser.OpenAsync("/first-run");
        await page.Content.LoadIntoBufferAsync();
        await portal.AddUserAsync(Sallyport.Portal.Identity.Role.Compliance);

        Assert.Contains("The first admin exists", await TextAsync(await browser.SubmitAsync(page, Form(code, "eve"))), StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Form(string code, string userName, string password = "a long enough password") => new()
    {
        ["code"] = code,
        ["organisation"] = "Company",
        ["name"] = "Somebody",
        ["userName"] = userName,
        ["password"] = password,
    };

    private static Task<string> TextAsync(HttpResponseMessage page) => page.Content.ReadAsStringAsync();

    private static async Task<string> CodeAsync(PortalInstance portal)
    {
        const string mark = "first-run code: ";
        var line = await Eventually.FindsAsync("the code in the log", () => portal.Log.FirstOrDefault(line => line.Contains(mark, StringComparison.Ordinal)));
        return line.Split(mark)[1].Trim();
    }
}
