using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

[Collection(PostgresCollection.Name)]
public sealed class UserCommandTests(PortalInstance portal) : IClassFixture<PortalInstance>
{
    [Fact]
    public async Task A_user_who_was_added_on_the_command_line_signs_in_and_chooses_a_password()
    {
        var (exit, output, error) = await portal.RunAsync("user", "add", "ada", "admin", "compliance", "--tenant", "Test company", "--name", "Ada");
        Assert.Equal((0, ""), (exit, error));

        using var browser = portal.NewBrowser();
        var page = await browser.TrySignInAsync("ada", output.Trim().Split('\n')[^1], "/audit");
        Assert.Equal("/openid/new-password", page.RequestMessage!.RequestUri!.AbsolutePath);
        var chosen = await browser.SubmitAsync(page, new() { ["next"] = "chosen by Ada herself", ["repeated"] = "chosen by Ada herself" });
        Assert.Equal("/audit", chosen.RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Equal(1, await portal.CountAsync("select count(*) from audit.entries where action = 'user.add' and actor = 'command line' and body::jsonb ->> 'subjectName' = 'Ada'"));
    }

    [Fact]
    public async Task A_tenant_is_made_only_when_that_is_asked_for()
    {
        var (exit, _, error) = await portal.RunAsync("user", "add", "bob", "admin", "--tenant", "Tset company");
        Assert.Equal(2, exit);
        Assert.Contains("There is no organisation “Tset company”. There are: Test company.", error, StringComparison.Ordinal);

        Assert.Equal(0, (await portal.RunAsync("user", "add", "bob", "admin", "--tenant", "Second company", "--new-tenant")).Exit);
        Assert.Equal(2, await portal.CountAsync("select count(*) from tenants"));
    }

    [Fact]
    public async Task A_name_that_is_taken_and_a_role_that_there_is_not_are_refused()
    {
        var taken = await portal.AddUserAsync(Sallyport.Portal.Identity.Role.Technician);
        var (exit, _, error) = await portal.RunAsync("user", "add", taken.UserName, "admin", "--tenant", "Test company");
        Assert.Equal(1, exit);
        Assert.Contains("is already taken", error, StringComparison.Ordinal);

        Assert.NotEqual(0, (await portal.RunAsync("user", "add", "carl", "king", "--tenant", "Test company")).Exit);
    }
}
