using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>An admin looks after people.</summary>
[Collection(DemoCollection.Name)]
public sealed class UserTests(Demo demo) : BrowserTests(demo)
{
    [Fact]
    public async Task A_new_users_password_is_shown_once_in_sight_and_opens_only_the_choice_of_another()
    {
        var admin = await demo.SignInAsync("admin");
        await admin.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await admin.GotoAsync($"{Installation.Url}/users");
        var (name, userName) = ($"Person {Guid.NewGuid():N}"[..20], $"person{Guid.NewGuid():N}"[..20]);
        await admin.GetByText("Add a user", new() { Exact = true }).ClickAsync();
        await admin.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await admin.GetByLabel("User name").FillAsync(userName);
        await admin.GetByRole(AriaRole.Button, new() { Name = "Add the user" }).ClickAsync();

        // Where the form was at the foot of a long list, the password was a screen above it.
        var dialog = admin.GetByRole(AriaRole.Dialog, new() { Name = $"Temporary password for {name}" });
        await Assertions.Expect(dialog.Locator("code")).ToBeInViewportAsync();
        var password = await dialog.Locator("code").InnerTextAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Copy" }).ClickAsync();
        await dialog.GetByText("Copied").WaitForAsync();
        Assert.Equal(password, await admin.EvaluateAsync<string>("navigator.clipboard.readText()"));
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
        Assert.DoesNotContain(password, await admin.ContentAsync(), StringComparison.Ordinal);

        var browser = await demo.OpenBrowserAsync();
        await Installation.SignInFirstAsync(browser, userName, password, "a password of their own");
    }

    [Fact]
    public async Task Roles_change_when_what_will_change_was_read_and_saved()
    {
        var userName = $"roles{Guid.NewGuid():N}"[..20];
        await demo.CommandAsync($"user add {userName} technician --tenant 'Demo company'");
        var admin = await demo.SignInAsync("admin");
        await admin.GotoAsync($"{Installation.Url}/users");
        var row = admin.Locator($"tr:has(td:text-is('{userName}'))");
        await row.GetByRole(AriaRole.Button, new() { Name = "Change the roles" }).ClickAsync();
        var dialog = admin.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Save" })).ToBeDisabledAsync();
        await dialog.GetByLabel("Compliance").CheckAsync();
        await dialog.GetByLabel("Technician").UncheckAsync();
        await Assertions.Expect(dialog.GetByRole(AriaRole.Status)).ToHaveTextAsync($"{userName} gets: Compliance. {userName} loses: Technician. Everything of theirs that runs ends at once.");
        Assert.Equal("{Technician}", await demo.QueryAsync($"select roles from people where name = '{userName}'"));

        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        await Assertions.Expect(row.GetByRole(AriaRole.Cell).Nth(1)).ToContainTextAsync("Compliance");
        Assert.Equal("{Compliance}", await demo.QueryAsync($"select roles from people where name = '{userName}'"));
    }
}
