using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;

namespace Sallyport.Benchmarks.Installation;

/// <summary>
/// From an admin's press of <em>Disable</em> until what the disabled person had open is closed: their terminal, the network
/// path to the asset, and another page of the portal. By the clock of one process that drives both browsers.
/// </summary>
internal sealed class EndOfRights : IBenchmark
{
    private const int Rounds = 10;
    private const double AimMilliseconds = 2000;
    private const string Asset = "Edge box";

    public string Name => "end-of-rights";

    public bool NeedsInstallation => true;

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var installation = await DemoInstallation.StartAsync(cancellationToken);
        var admin = await installation.SignInAsync("admin");
        var (terminal, path, page) = (new Sample(), new Sample(), new Sample());
        for (var round = -1; round < Rounds; round++)
        {
            var session = await installation.SignInAsync("technician");
            if (round < 0)
            {
                await DemoInstallation.GrantTerminalAsync(session, admin, Asset);
            }

            await session.GetByRole(AriaRole.Button, new() { Name = "Connect" }).ClickAsync();
            await session.WaitForSelectorAsync("#session[data-link=open]");
            var other = await session.Context.NewPageAsync();
            await other.GotoAsync(DemoInstallation.Url);
            await other.GetByText("Return to the session").WaitForAsync();

            await admin.GotoAsync($"{DemoInstallation.Url}/users");
            var row = admin.Locator("tr", new() { HasText = "Demo technician" });
            await row.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
            await admin.FillAsync("dialog textarea", "A benchmark");
            var press = admin.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Disable" });
            await press.HoverAsync();

            var start = Stopwatch.GetTimestamp();
            var ends = Task.WhenAll(
                WhenAsync(session.WaitForSelectorAsync("#session[data-link=ended]")),
                WhenAsync(DemoInstallation.UntilPathIsClosedAsync(cancellationToken)),
                WhenAsync(other.WaitForFunctionAsync("() => !document.body.innerText.includes('Return to the session')")));
            await press.ClickAsync();
            var took = await ends;

            // The first finds code that was not yet compiled.
            if (round >= 0)
            {
                terminal.Add(took[0]);
                path.Add(took[1]);
                page.Add(took[2]);
            }

            await row.GetByRole(AriaRole.Button, new() { Name = "Enable" }).ClickAsync();
            await row.GetByRole(AriaRole.Button, new() { Name = "Disable" }).WaitForAsync();
            await session.Context.CloseAsync();

            async Task<TimeSpan> WhenAsync(Task happened)
            {
                await happened;
                return Stopwatch.GetElapsedTime(start);
            }
        }

        return [Of("their terminal says so", terminal), Of("the path to the asset is closed", path), Of("their other page is closed", page)];

        static Row Of(string what, Sample took) => new(
            $"a person is disabled: {what}, median / p99",
            took.ToString(),
            "",
            "",
            string.Create(CultureInfo.InvariantCulture, $"< {AimMilliseconds / 1000:0} s"),
            took.P99 < AimMilliseconds);
    }
}
