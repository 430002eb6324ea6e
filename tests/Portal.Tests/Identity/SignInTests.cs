using System.Net;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

[Collection(PostgresCollection.Name)]
public sealed class SignInTests(PortalInstance portal) : IClassFixture<PortalInstance>
{
    [Fact]
    public async Task A_user_signs_in_by_the_pages_and_lands_where_they_wanted_to()
    {
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(await portal.AddUserAsync(Role.Compliance), "/recordings");
    }

    [Fact]
    public async Task A_wrong_password_leads_back_to_the_form()
    {
        using var browser = portal.NewBrowser();
        var user = await portal.AddUserAsync(Role.Technician);

        var answer = await browser.TrySignInAsync(user.UserName, "wrong-password");

        Assert.Equal("/openid/sign-in", answer.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Contains("The user name or the password is wrong.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Found, (await browser.Http.GetAsync("/")).StatusCode);
    }
}
