using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Identity;

namespace Sallyport.Components.Tests.Identity;

public sealed class UsersPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public void Page_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        Assert.True(Render<UsersPage>().Says("Loading…"));
    }

    [Fact]
    public async Task Users_of_the_own_company_are_listed_and_no_others()
    {
        var stranger = (await World.Portal.AddStrangerAsync(Role.Admin)).User.Name;
        var (page, user) = await ShowAsync();

        Assert.Contains("Technician", page.Part("tr", user.User.Name).Text(), StringComparison.Ordinal);
        Assert.Contains("enabled", page.Part("tr", user.User.Name).Text(), StringComparison.Ordinal);
        Assert.DoesNotContain(page.FindAll("tbody td:first-child"), cell => cell.Text() == stranger);
    }

    [Fact]
    public async Task New_user_gets_a_temporary_password_that_is_shown_until_the_dialog_is_closed()
    {
        var (page, _) = await ShowAsync();
        var name = $"Ann {Guid.NewGuid():N}"[..16];

        await page.EnterAsync("Name", name);
        await page.EnterAsync("User name", $"ann{Guid.NewGuid():N}"[..16]);
        await page.SubmitAsync();

        Assert.StartsWith($"Temporary password for {name}", page.Dialog().Text(), StringComparison.Ordinal);
        var password = page.Find("#temporary-password").Text();
        Assert.True(password.Length >= 12);
        Assert.Equal("Copy", page.Find("dialog [autofocus]").Text());
        await page.PressAsync("Done");
        Assert.DoesNotContain(password, page.Markup, StringComparison.Ordinal);
        Assert.Contains("Technician", page.Part("tr", name).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_name_that_is_taken_is_refused_and_what_was_entered_stays()
    {
        var (page, user) = await ShowAsync();

        await page.EnterAsync("Name", "Another one");
        await page.EnterAsync("User name", user.UserName);
        await page.SubmitAsync();

        Assert.Contains(user.UserName, page.Alert(), StringComparison.Ordinal);
        Assert.Empty(page.FindAll("dialog"));
        Assert.Equal("Another one", page.Field("Name").GetAttribute("value"));
    }

    [Fact]
    public async Task User_without_a_role_cannot_be_added()
    {
        var (page, _) = await ShowAsync();

        await page.EnterAsync("Name", "Nobody");
        await page.EnterAsync("User name", "nobody");
        await page.InvokeAsync(() => page.Find("details form").QuerySelectorAll("label").Single(l => l.Text() == "Technician").QuerySelector("input")!.ChangeAsync(new() { Value = false }));
        await page.SubmitAsync();

        Assert.Equal("Choose at least one role.", page.Alert());
    }

    [Fact]
    public async Task Roles_are_changed_after_the_dialog_has_said_what_that_does()
    {
        var (page, user) = await ShowAsync();

        await page.PressAsync($"Change the roles of {user.User.Name}");
        Assert.True(page.Button("Save").IsDisabled());
        Assert.Equal("Nothing is changed yet.", page.Find("#roles-change[role=status]").Text());
        await SetRoleAsync(page, "Operator", true);
        await SetRoleAsync(page, "Technician", false);
        Assert.Equal($"{user.User.Name} gets: Operator. {user.User.Name} loses: Technician. Everything of theirs that runs ends at once.", page.Find("#roles-change").Text());
        await page.PressAsync("Save");

        Assert.Empty(page.FindAll("dialog"));
        Assert.Contains("Operator", page.Part("tr", user.User.Name).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Last_role_cannot_be_taken()
    {
        var (page, user) = await ShowAsync();

        await page.PressAsync($"Change the roles of {user.User.Name}");
        await SetRoleAsync(page, "Technician", false);

        Assert.Equal("Choose at least one role, or disable the user.", page.Find("#roles-change").Text());
        Assert.True(page.Button("Save").IsDisabled());
    }

    [Fact]
    public async Task Dialog_that_is_cancelled_forgets_what_was_chosen()
    {
        var (page, user) = await ShowAsync();

        await page.PressAsync($"Change the roles of {user.User.Name}");
        await SetRoleAsync(page, "Admin", true);
        await page.PressAsync("Cancel");
        await page.PressAsync($"Change the roles of {user.User.Name}");

        Assert.Equal("Nothing is changed yet.", page.Find("#roles-change").Text());
    }

    [Fact]
    public async Task User_is_disabled_with_a_reason_and_enabled_again()
    {
        var (page, user) = await ShowAsync();

        await page.PressAsync("tr", user.User.Name, "Disable");
        Assert.Contains("Their grants are revoked and their requests denied: enabling them later brings nothing of that back.", page.Dialog().Text(), StringComparison.Ordinal);
        await page.TypeAsync("Why?", "They left");
        await page.InvokeAsync(() => page.Dialog().Button("Disable").ClickAsync(new()));
        Assert.Contains("disabled", page.Part("tr", user.User.Name).Text(), StringComparison.Ordinal);

        await page.PressAsync("tr", user.User.Name, "Enable");
        Assert.Contains("enabled", page.Part("tr", user.User.Name).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admin_cannot_disable_themselves_and_reads_so()
    {
        var admin = await SignInAsync(Role.Admin);
        var page = Render<UsersPage>();
        page.Until(admin.User.Name);

        await page.PressAsync("tr", admin.User.Name, "Disable");
        await page.TypeAsync("Why?", "By mistake");
        await page.InvokeAsync(() => page.Dialog().Button("Disable").ClickAsync(new()));

        Assert.Equal("You cannot disable yourself or the last admin.", page.Alert());
    }

    [Fact]
    public async Task New_password_is_made_after_the_dialog_has_said_that_it_signs_out()
    {
        var (page, user) = await ShowAsync();

        await page.PressAsync("tr", user.User.Name, "New password");
        Assert.Contains("They are signed out everywhere.", page.Dialog().Text(), StringComparison.Ordinal);
        await page.PressAsync("Make a new password");

        Assert.StartsWith($"Temporary password for {user.User.Name}", page.Dialog().Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_after_wrong_passwords_is_shown_with_its_source_and_can_be_ended()
    {
        var user = await World.Portal.AddUserAsync(Role.Technician);
        using (var guesser = World.Portal.NewBrowser())
        {
            for (var tries = 0; tries < 5; tries++)
            {
                using var _ = await guesser.TrySignInAsync(user.UserName, "a wrong password");
            }
        }

        await SignInAsync(Role.Admin);
        var page = Render<UsersPage>();
        page.Until("waits after wrong passwords");
        Assert.Contains("from 127.0.0.1", page.Part("tr", user.User.Name).Text(), StringComparison.Ordinal);

        await page.PressAsync($"End the wait of {user.User.Name}");

        Assert.Null(page.Alert());
        Assert.DoesNotContain("waits after wrong passwords", page.Part("tr", user.User.Name).Text(), StringComparison.Ordinal);
    }

    private static Task SetRoleAsync(IRenderedComponent<UsersPage> page, string role, bool has) =>
        page.InvokeAsync(() => page.Dialog().QuerySelectorAll("label").Single(l => l.Text() == role).QuerySelector("input")!.ChangeAsync(new() { Value = has }));

    private async Task<(IRenderedComponent<UsersPage> Page, TestUser User)> ShowAsync()
    {
        var user = await World.Portal.AddUserAsync(Role.Technician);
        await SignInAsync(Role.Admin);
        var page = Render<UsersPage>();
        page.Until(user.User.Name);
        return (page, user);
    }
}
