using Microsoft.AspNetCore.Components;
using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Components.Tests.Identity;

/// <summary>The embedded provider's own pages, and the one that leads people to their company's.</summary>
public sealed class ProviderPagesTests(SharedPlant shared) : PageTest(shared)
{
    private const string Onward = "/openid/authorize?client_id=app&state=a%26b";

    [Theory]
    [InlineData("", null)]
    [InlineData("stale", "This page was open for too long. Please try again.")]
    [InlineData("wrong", "The user name or the password is wrong.")]
    [InlineData("disabled", "An admin has disabled your user. Ask them if you need access again.")]
    [InlineData("wrong&wait=30", "The user name or the password is wrong. Try again in 30 seconds; sooner, no password is looked at. In a browser that you have signed in with before, wrong passwords of others do not make you wait.")]
    [InlineData("early&wait=300", "There were too many wrong passwords. This one was not looked at: try again in 5 minutes.")]
    public void Sign_in_page_says_what_was_wrong_and_how_long_to_wait(string error, string? sentence)
    {
        var page = Open<SignInPage>($"/openid/sign-in?returnUrl={Uri.EscapeDataString(Onward)}{(error.Length > 0 ? $"&error={error}" : "")}");

        Assert.StartsWith(sentence ?? "", page.Alert() ?? "", StringComparison.Ordinal);
        Assert.Equal(sentence is null, page.Alert() is null);
        Assert.Equal(Onward, page.Find("input[name=returnUrl]").GetAttribute("value"));
        Assert.Equal(("post", "/openid/sign-in"), (page.Find("form").GetAttribute("method"), page.Find("form").GetAttribute("action")));
    }

    [Fact]
    public void Sign_in_page_begins_at_the_name_and_is_named_for_password_managers()
    {
        var page = Open<SignInPage>("/openid/sign-in");

        Assert.Equal("username", page.Field("User name").GetAttribute("autocomplete"));
        Assert.Equal("current-password", page.Field("Password").GetAttribute("autocomplete"));
        Assert.Equal("userName", Assert.Single(page.FindAll("[autofocus]")).GetAttribute("name"));
        Assert.Null(page.Field("User name").GetAttribute("value"));
        Assert.Null(page.Field("Password").GetAttribute("value"));
    }

    [Fact]
    public void Sign_in_page_begins_at_the_password_where_the_application_says_whom_it_expects()
    {
        var page = Open<SignInPage>("/openid/sign-in?userName=ada");

        Assert.Equal("ada", page.Field("User name").GetAttribute("value"));
        Assert.Equal("password", Assert.Single(page.FindAll("[autofocus]")).GetAttribute("name"));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("?error=stale", "This page was open for too long. Please try again.")]
    [InlineData("?error=differ", "The new password was not typed the same twice.")]
    [InlineData("?error=unfit", "The new password must have 12 to 200 characters and differ from the temporary one.")]
    public void First_password_of_ones_own_that_was_not_taken_says_why(string query, string? sentence)
    {
        var page = Open<NewPasswordPage>($"/openid/new-password{query}");

        Assert.Equal(sentence, page.Alert());
        Assert.True(page.Says("An admin has seen the password that you signed in with."));
        Assert.All(page.FindAll("input[type=password]"), field => Assert.Equal(("new-password", "12", null), (field.GetAttribute("autocomplete"), field.GetAttribute("minlength"), field.GetAttribute("value"))));
        Assert.Equal(2, page.FindAll("input[type=password]").Count);
    }

    [Fact]
    public void First_password_leads_back_to_where_somebody_came_from()
    {
        var page = Open<NewPasswordPage>($"/openid/new-password?returnUrl={Uri.EscapeDataString(Onward)}");

        Assert.Equal(Onward, page.Find("input[name=returnUrl]").GetAttribute("value"));
        page.Button("Save and continue");
    }

    [Fact]
    public void Failed_attempts_are_told_to_nobody_who_is_not_signed_in()
    {
        var page = Open<FailedAttemptsPage>("/openid/failed-attempts");

        Assert.True(page.Says("There were none that you do not know of."));
        Assert.Equal("0", page.Find("input[name=last]").GetAttribute("value"));
    }

    [Theory]
    [InlineData(1, "One wrong password was tried at your account since you last signed in or read this, from 127.0.0.1.", "It was at")]
    [InlineData(4, "4 wrong passwords were tried at your account since you last signed in or read this, from 127.0.0.1.", "The first was at")]
    public async Task Failed_attempts_are_told_to_the_accounts_owner(int count, string sentence, string when)
    {
        var user = await World.Portal.AddUserAsync(Role.Technician);
        using (var browser = World.Portal.NewBrowser())
        {
            await browser.SignInAsync(user);
            Http.Request.Headers.Cookie = browser.Cookies.GetCookieHeader(new Uri(World.Portal.Url));
        }

        // Somebody else's, elsewhere.
        using (var guesser = World.Portal.NewBrowser())
        {
            for (var tries = 0; tries < count; tries++)
            {
                using var _ = await guesser.TrySignInAsync(user.UserName, "a wrong password");
            }
        }

        var page = Open<FailedAttemptsPage>($"/openid/failed-attempts?returnUrl={Uri.EscapeDataString(Onward)}");

        page.Until(sentence);
        Assert.True(page.Says(when));
        Assert.True(page.Says("Nobody got in by these."));
        Assert.NotEqual("0", page.Find("input[name=last]").GetAttribute("value"));
        Assert.Equal(Onward, page.Find("input[name=returnUrl]").GetAttribute("value"));
        Assert.Equal("Continue", Assert.Single(page.FindAll("[autofocus]")).Text());
    }

    [Fact]
    public void Somebody_is_asked_for_their_address_and_may_go_on_without_one()
    {
        var page = Open<ChooseProviderPage>("/sign-in/choose?returnUrl=%2Frequest%3Fa%3D1%26b%3D2");

        Assert.Null(page.Alert());
        Assert.Equal(("email", "email"), (page.Field("Your e-mail address at work").GetAttribute("type"), page.Field("Your e-mail address at work").GetAttribute("autocomplete")));
        Assert.Equal("/request?a=1&b=2", page.Find("input[name=returnUrl]").GetAttribute("value"));
        Assert.Equal("/sign-in?with=openid&returnUrl=%2Frequest%3Fa%3D1%26b%3D2", page.Link("Sign in another way").GetAttribute("href"));
    }

    [Fact]
    public void Address_of_no_company_is_said_and_not_repeated()
    {
        var page = Open<ChooseProviderPage>("/sign-in/choose?error=call-this-number");

        Assert.StartsWith("No company here signs in by addresses of that domain.", page.Alert(), StringComparison.Ordinal);
        Assert.False(page.Says("call-this-number"));
        Assert.Equal("/sign-in?with=openid&returnUrl=%2F", page.Link("Sign in another way").GetAttribute("href"));
    }

    [Fact]
    public async Task Password_that_is_kept_elsewhere_cannot_be_changed_here()
    {
        var user = new User { TenantId = World.Portal.TenantId, Issuer = "https://login.example", Subject = Guid.NewGuid().ToString(), Name = "From elsewhere", Roles = [Role.Technician], CreatedAt = DateTimeOffset.UtcNow };
        await using (var db = World.Get<Portal.Data.PortalDbFactory>().ForSystem())
        {
            db.Add(user);
            await db.SaveChangesAsync();
        }

        await SignInAsync(new TestUser(user, "", ""));
        var page = Render<PasswordPage>();

        page.Until("Your password is not kept here");
        Assert.Empty(page.FindAll("form"));
    }

    private IRenderedComponent<T> Open<T>(string address)
        where T : IComponent
    {
        Navigation.NavigateTo(address);
        return Render<T>();
    }
}
