using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Components.Tests.Identity;

public sealed class SignInPageTests(SharedPlant shared) : PageTest(shared)
{
    [Theory]
    [InlineData("unknown", "Your account is known to the sign-in service, but not to this portal.", "Try again")]
    [InlineData("norole", "Your company's sign-in service gives you no role here", "Try again")]
    [InlineData("overage", "you are in more groups than it lists", "Try again")]
    [InlineData("failed", "The sign-in could not be completed.", "Try again")]
    [InlineData("signed-out-at-provider", "Your company's sign-in service signed you out.", "Sign in")]
    [InlineData("disabled", "An admin has disabled your user.", "Try again")]
    [InlineData("provider", "The sign-in service does not answer right now", "Try again")]
    [InlineData("ended", "Your sign-in has ended.", "Sign in")]
    [InlineData("signed-out", "You signed out.", "Sign in")]
    [InlineData("signed-out-elsewhere", "You ended this sign-in from another browser.", "Sign in")]
    [InlineData("signed-out-by-admin", "An admin signed you out.", "Sign in")]
    [InlineData("provider-removed", "An admin has removed your company's sign-in service", "Sign in")]
    [InlineData("role-lost", "Your roles were changed", "Sign in")]
    [InlineData("password-changed", "Your password was changed", "Sign in")]
    [InlineData("time-limit", "You have been signed in for as long as this portal allows.", "Sign in")]
    public void Person_who_is_not_signed_in_reads_why_and_finds_the_way_back(string why, string sentence, string button)
    {
        Navigation.NavigateTo($"/sign-in-refused?why={why}");

        var page = Render<RefusedPage>();

        Assert.Equal("You are not signed in", page.Find("h1").Text());
        Assert.True(page.Says(sentence));
        Assert.Equal("/sign-in", page.Link(button).GetAttribute("href"));
    }

    [Fact]
    public void Reason_that_nobody_knows_is_not_repeated_on_the_page()
    {
        Navigation.NavigateTo("/sign-in-refused?why=call-this-number");

        var page = Render<RefusedPage>();

        Assert.True(page.Says("The sign-in could not be completed."));
        Assert.False(page.Says("call-this-number"));
    }

    [Theory]
    [InlineData("?error=stale", "This page was open for too long. Please try again.")]
    [InlineData("?error=differ", "The new password was not typed the same twice.")]
    [InlineData("?error=wrong", "The current password is wrong.")]
    [InlineData("?error=wrong&wait=30", "The current password is wrong. Try again in")]
    [InlineData("?error=early&wait=30", "There were too many wrong passwords.")]
    [InlineData("?error=short", "The new password must have 12 to 200 characters")]
    [InlineData("", null)]
    public async Task Password_that_was_not_changed_says_why(string query, string? sentence)
    {
        await SignInAsync(Role.Technician);
        Navigation.NavigateTo($"/password{query}");

        var page = Render<PasswordPage>();

        page.Until("Change the password");
        Assert.StartsWith(sentence ?? "", page.Alert() ?? "", StringComparison.Ordinal);
        Assert.Equal(sentence is null, page.Alert() is null);
    }

    [Fact]
    public async Task Password_fields_are_named_for_password_managers_and_keep_no_value()
    {
        await SignInAsync(Role.Technician);

        var page = Render<PasswordPage>();

        page.Until("Change the password");
        Assert.Equal(["current-password", "new-password", "new-password"], page.FindAll("input[type=password]").Select(field => field.GetAttribute("autocomplete")));
        Assert.All(page.FindAll("input[type=password]"), field => Assert.Null(field.GetAttribute("value")));
    }

    [Fact]
    public async Task Own_sign_ins_show_this_browser_which_cannot_end_itself()
    {
        var user = await World.Portal.AddUserAsync(Role.Technician);
        await SignInAsync(user);

        var page = Render<SignInsPage>();

        page.Until("this browser");
        Assert.Contains("Firefox", Assert.Single(page.FindAll("tbody tr")).Text(), StringComparison.Ordinal);
        Assert.Empty(page.Buttons("End"));
        Assert.Empty(page.Buttons("End all others"));
        Assert.Equal("/password", page.Link("Change the password").GetAttribute("href"));
    }

    [Fact]
    public async Task Another_browser_is_signed_out_from_here()
    {
        var user = await World.Portal.AddUserAsync(Role.Technician);
        var other = await SignInAsync(user);
        await SignInAsync(user);
        var page = Render<SignInsPage>();
        page.Until("this browser");

        await page.PressAsync("End");
        Assert.Contains("the sessions that were begun in it end at once", page.Dialog().Text(), StringComparison.Ordinal);
        await page.PressAsync("End the sign-in");

        Assert.True(page.Says("ended "));
        Assert.Empty(page.Buttons("End"));
        Assert.NotEqual(Guid.Empty, other.Id);
    }

    [Fact]
    public async Task All_other_browsers_are_signed_out_at_once()
    {
        var user = await World.Portal.AddUserAsync(Role.Technician);
        for (var browsers = 0; browsers < 3; browsers++)
        {
            await SignInAsync(user);
        }

        var page = Render<SignInsPage>();
        page.Until("this browser");

        await page.PressAsync("End all others");
        await page.InvokeAsync(() => page.Dialog().Button("End all others").ClickAsync(new()));

        Assert.Single(page.FindAll("tbody tr .badge"));
        Assert.Empty(page.Buttons("End all others"));
    }

    [Fact]
    public async Task Admin_signs_a_user_out_everywhere()
    {
        var user = await World.Portal.AddUserAsync(Role.Technician);
        await SignInAsync(user);
        await SignInAsync(Role.Admin);
        var page = Render<UserSignInsPage>(p => p.Add(s => s.Id, user.User.Id));
        page.Until($"Sign-ins of {user.User.Name}");
        Assert.Empty(page.Buttons("End"));

        await page.PressAsync("End all sign-ins");
        await page.PressAsync("Sign them out");

        Assert.Null(page.Alert());
        Assert.Empty(page.Buttons("End all sign-ins"));
    }

    [Fact]
    public async Task User_who_is_signed_in_nowhere_has_nothing_to_end()
    {
        var user = await World.Portal.AddUserAsync(Role.Technician);
        await SignInAsync(Role.Admin);

        var page = Render<UserSignInsPage>(p => p.Add(s => s.Id, user.User.Id));

        page.Until("Signed in nowhere");
        Assert.Empty(page.Buttons("End all sign-ins"));
    }

    [Fact]
    public async Task Sign_ins_of_another_companys_user_are_not_shown()
    {
        var user = await World.Portal.AddUserAsync(Role.Technician);
        await SignInAsync(user);
        await SignInStrangerAsync(Role.Admin);

        var page = Render<UserSignInsPage>(p => p.Add(s => s.Id, user.User.Id));

        page.Until("This user does not exist");
        Assert.False(page.Says(user.User.Name));
    }

    [Fact]
    public void Portal_that_is_set_up_lets_nobody_make_a_first_admin()
    {
        var page = Render<FirstRunPage>();

        page.Until("Already set up");
        Assert.Empty(page.FindAll("form"));
        Assert.Equal("/sign-in", page.Link("Sign in").GetAttribute("href"));
    }
}
