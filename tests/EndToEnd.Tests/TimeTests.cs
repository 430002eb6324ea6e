using System.Globalization;
using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>Times as people read and write them, and a grant's end on the page of who works under it.</summary>
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
        await Eventually.HoldsAsync("the path is closed", async () => await Steps.BannerAsync(Demo.EdgeAddress) is null, TimeSpan.FromSeconds(5));
        Assert.Equal("GrantEnded", await demo.QueryAsync("select end_reason from sessions order by created_at desc limit 1"));

        await technician.GotoAsync(Demo.Url);
        await technician.Locator("tr", new() { HasText = "Edge box" }).GetByRole(AriaRole.Link, new() { Name = "Request Terminal" }).WaitForAsync();
    }

    [Fact]
    public async Task A_start_for_later_is_in_the_zone_of_who_writes_it()
    {
        var technician = await demo.SignInAsync("technician", timeZone: "Asia/Kolkata");
        await technician.Locator("tr", new() { HasText = "Edge box" }).GetByRole(AriaRole.Link, new() { Name = "Request Terminal" }).ClickAsync();
        await technician.FillAsync("textarea", "At ten in the evening");
        await technician.GetByLabel("Later").CheckAsync();
        var tomorrow = DateTime.UtcNow.Date.AddDays(1);
        await technician.GetByLabel("Start").FillAsync(string.Create(CultureInfo.InvariantCulture, $"{tomorrow:yyyy-MM-dd}T22:00"));
        await technician.GetByRole(AriaRole.Button, new() { Name = "Send the request" }).ClickAsync();
        await technician.GetByText("Every admin of your organisation").WaitForAsync();

        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"{tomorrow:yyyy-MM-dd} 16:30"),
            await demo.QueryAsync("select to_char(starts_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') from access_requests where purpose = 'At ten in the evening'"));

        // Else this terminal could not be asked for again.
        await technician.GotoAsync(Demo.Url);
        await technician.Locator("tr", new() { HasText = "At ten in the evening" }).GetByRole(AriaRole.Button, new() { Name = "Withdraw" }).ClickAsync();
        await Assertions.Expect(technician.GetByRole(AriaRole.Button, new() { Name = "Withdraw" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_page_says_within_ten_seconds_that_the_portal_is_silent()
    {
        var technician = await demo.SignInAsync("technician");
        await technician.GetByText("Edge box").First.WaitForAsync();
        await demo.SignalAsync("portal", "STOP");
        try
        {
            await Assertions.Expect(technician.GetByText("The link to the portal dropped")).ToBeVisibleAsync(new() { Timeout = 10_000 });
        }
        finally
        {
            await demo.SignalAsync("portal", "CONT");
        }

        await Assertions.Expect(technician.GetByText("The link to the portal dropped")).ToBeHiddenAsync(new() { Timeout = 30_000 });
    }
}
