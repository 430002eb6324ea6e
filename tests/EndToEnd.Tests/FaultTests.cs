using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>What fails, fails alone: a running session outlives everything but its gateway, and loses nothing.</summary>
[Collection(DemoCollection.Name)]
public sealed class FaultTests(Demo demo) : BrowserTests(demo)
{
    [Fact]
    public async Task A_link_that_is_cut_for_30_seconds_comes_back_with_nothing_lost()
    {
        var technician = await OpenAsync("Cut the link");
        await Steps.TypeAsync(technician, "for i in $(seq 1 400); do printf 'n%s ' $i; sleep 0.1; done; echo; echo done-$((1+1))", "n5 ");
        await Demo.ShellAsync("nft 'add table inet spe2ecut; add chain inet spe2ecut cut { type filter hook input priority 0; }; add rule inet spe2ecut cut tcp dport 18081 drop; add rule inet spe2ecut cut tcp sport 18081 drop'");
        try
        {
            await technician.WaitForSelectorAsync("#session[data-link=dropped]");
            await Task.Delay(TimeSpan.FromSeconds(20));
        }
        finally
        {
            await Demo.ShellAsync("nft delete table inet spe2ecut");
        }

        await technician.WaitForSelectorAsync("#session[data-link=open]");
        await Steps.SeeAsync(technician, "done-2", 45);
        var screen = (await Steps.ScreenAsync(technician)).Replace("\n", "", StringComparison.Ordinal);
        Assert.Contains(string.Join(' ', Enumerable.Range(1, 400).Select(i => $"n{i}")), screen, StringComparison.Ordinal);
        await Steps.EndAsync(technician);
    }

    [Fact]
    public async Task A_session_goes_on_while_portal_database_and_hub_restart()
    {
        var technician = await OpenAsync("Restart everything");
        await demo.KillAsync("portal", "TERM");
        await Steps.TypeAsync(technician, "echo without-portal-$((1+1))", "without-portal-2");
        Assert.Equal("link to the portal: is down", await GatewayIsReadyAsync());
        await demo.UpAsync();

        await Demo.ShellAsync($"setpriv --reuid=postgres --regid=postgres --clear-groups $(ls -d /usr/lib/postgresql/*/bin)/pg_ctl -D {demo.Data}/postgres/data -m fast -w restart > /dev/null 2>&1 < /dev/null");
        await Steps.TypeAsync(technician, "echo after-database-$((1+1))", "after-database-2");

        await demo.KillAsync("hub", "KILL");
        await Steps.TypeAsync(technician, "echo without-hub-$((1+1))", "without-hub-2");
        await demo.UpAsync();
        await Steps.TypeAsync(technician, "echo after-hub-$((1+1))", "after-hub-2");
        Assert.StartsWith("SSH-2.0", await Steps.BannerAsync(Demo.EdgeAddress), StringComparison.Ordinal);
        Assert.Null(await Steps.BannerAsync(Demo.PanelAddress));

        await Steps.EndAsync(technician);
        await Eventually.HoldsAsync("the portal knows the end", async () => await demo.QueryAsync("select count(*) from sessions where state <> 'Ended'") == "0");
        await Eventually.HoldsAsync("the path is closed", async () => await Steps.BannerAsync(Demo.EdgeAddress) is null);
    }

    [Fact]
    public async Task A_gateway_that_is_killed_leaves_a_readable_recording_that_shows_as_interrupted()
    {
        var technician = await OpenAsync("Kill the gateway");
        await Steps.TypeAsync(technician, "echo last-words-$((1+1))", "last-words-2");
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        await demo.KillAsync("gateway", "KILL");
        await demo.UpAsync();
        await Eventually.HoldsAsync("the session is ended", async () => await demo.QueryAsync("select count(*) from sessions where end_reason = 'GatewayLost'") != "0");

        var compliance = await demo.SignInAsync("compliance");
        await ReplayInterruptedAsync(compliance, "Kill the gateway", "last-words-2");
    }

    [Fact]
    public async Task A_full_disk_ends_the_session_with_a_clear_message_and_keeps_what_was_recorded()
    {
        var technician = await OpenAsync("Fill the disk");
        await Steps.TypeAsync(technician, "echo before-it-was-full-$((1+1))", "before-it-was-full-2");
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        var filler = Path.Combine(demo.Recordings, "filler");
        await Demo.ShellAsync($"fallocate -l $(df --output=avail -B1 {demo.Recordings} | tail -1) {filler}");
        try
        {
            await technician.Locator("#terminal").ClickAsync();
            await technician.Keyboard.TypeAsync("seq 1 200000\n");
            await Steps.EndedAsync(technician, "its recording can no longer be written");
            Assert.Equal("recordings' folder: is full", await GatewayIsReadyAsync());

            await technician.GotoAsync(Demo.Url);
            await technician.GetByRole(AriaRole.Button, new() { Name = "Connect" }).ClickAsync();
            await Steps.EndedAsync(technician, "not started because it cannot be recorded");
        }
        finally
        {
            File.Delete(filler);
        }

        await technician.GotoAsync(Demo.Url);
        await technician.GetByRole(AriaRole.Button, new() { Name = "Connect" }).ClickAsync();
        await Steps.OpenAsync(technician);
        await Steps.EndAsync(technician);

        var compliance = await demo.SignInAsync("compliance");
        await ReplayInterruptedAsync(compliance, "Fill the disk", "before-it-was-full-2");
    }

    private static Task<string> GatewayIsReadyAsync() => Demo.ShellAsync($"curl -s {Demo.GatewayUrl}/health/ready");

    private async Task<IPage> OpenAsync(string purpose)
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        await Steps.ConnectAsync(technician, admin, "Edge box", purpose);
        await Steps.OpenAsync(technician);
        await admin.Context.CloseAsync();
        return technician;
    }

    private static async Task ReplayInterruptedAsync(IPage compliance, string purpose, string shown)
    {
        await compliance.GotoAsync($"{Demo.Url}/recordings");
        await compliance.FillAsync("input[type=search]", purpose);
        await compliance.Locator("tr", new() { HasText = "interrupted" }).GetByRole(AriaRole.Link, new() { Name = "Replay" }).First.ClickAsync();
        await compliance.WaitForSelectorAsync("#player[data-ready=true]");
        await compliance.EvaluateAsync("() => window.sallyportPlayer.seek(window.sallyportPlayer.duration)");
        await compliance.WaitForFunctionAsync("text => window.sallyportPlayer.text().includes(text)", shown);
        await compliance.ClickAsync("#verify");
        await compliance.GetByText("Unaltered as far as it goes").WaitForAsync();
    }
}
