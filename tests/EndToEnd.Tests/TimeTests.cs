using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>A grant's end, on the page of who works under it.</summary>
[Collection(DemoCollection.Name)]
public sealed class TimeTests(Demo demo) : BrowserTests(demo)
{
    [Fact]
    public async Task A_grant_that_ends_is_warned_of_and_then_cuts_terminal_and_path()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        await Steps.ConnectAsync(technician, admin, "Edge box", "Two minutes of work", minutes: 2);
        await Steps.OpenAsync(technician);
        await Steps.TypeAsync(technician, "sleep 600; echo still-here-$((1+1))", "sleep 600");
        Assert.StartsWith("SSH-2.0", await Steps.BannerAsync(Demo.EdgeAddress), StringComparison.Ordinal);

        await Assertions.Expect(technician.Locator("#banner")).ToHaveTextAsync("One minute left, then the session ends.", new() { Timeout = 90_000 });
        await Assertions.Expect(technician.Locator("#overlay")).ToContainTextAsync("The time of your grant is over", new() { Timeout = 90_000 });
        await Demo.WaitAsync("the path is closed", async () => await Steps.BannerAsync(Demo.EdgeAddress) is null, 5);
        Assert.Equal("GrantEnded", await demo.QueryAsync("select end_reason from sessions order by created_at desc limit 1"));

        await technician.GotoAsync(Demo.Url);
        await technician.Locator("tr", new() { HasText = "Edge box" }).GetByRole(AriaRole.Link, new() { Name = "Request Terminal" }).WaitForAsync();
    }
}
