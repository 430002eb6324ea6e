using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Installation;

/// <summary>
/// From a press of Connect in a real browser to the asset's prompt, through portal, hub, tunnel and gateway; against
/// <c>ssh</c> over the same path, which somebody else had to open.
/// </summary>
internal sealed class ConnectToPrompt : IBenchmark
{
    private const int Rounds = 15;
    private const double AimMilliseconds = 500;
    private const string Asset = "Edge box";

    public string Name => "connect";

    public bool NeedsInstallation => true;

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var installation = await DemoInstallation.StartAsync(cancellationToken);
        var technician = await installation.SignInAsync("technician", ConnectTimes.Watcher);
        await DemoInstallation.GrantTerminalAsync(technician, await installation.SignInAsync("admin"), Asset);
        var (all, direct) = (new List<ConnectTimes>(), new Sample());
        for (var round = -1; round < Rounds; round++)
        {
            await technician.GotoAsync(DemoInstallation.Url);
            await technician.GetByRole(AriaRole.Button, new() { Name = "Connect" }).ClickAsync();
            var times = await ConnectTimes.OfAsync(technician);
            var ssh = Direct();

            // The first finds caches empty and code not yet compiled, once in an installation's life.
            if (round >= 0)
            {
                all.Add(times);
                direct.Add(ssh);
            }

            await EndAsync(technician);
        }

        var whole = Between(t => t.Prompt - t.Click);
        return
        [
            new Row("Connect pressed to prompt, in a browser, median / p99", whole.ToString(), $"ssh {direct}", string.Create(CultureInfo.InvariantCulture, $"+{whole.Median - direct.Median:0} ms"), "< 500 ms median", whole.Median < AimMilliseconds),
            Part("grant checked, path open, page asked for", t => t.Leave - t.Click),
            Part("session page", t => t.Page - t.Leave),
            Part("its script loaded", t => t.Script - t.Page),
            Part("ticket and WebSocket", t => t.Asked - t.Script),
            Part("ticket redeemed, recording begun, SSH", t => t.Opened - t.Asked),
            Part("the shell's prompt", t => t.Prompt - t.Opened),
        ];

        Row Part(string name, Func<ConnectTimes, double> length) => new($"  {name}", Between(length).ToString(), "", "");

        Sample Between(Func<ConnectTimes, double> length)
        {
            var sample = new Sample();
            all.ForEach(t => sample.Add(length(t)));
            return sample;
        }
    }

    private static async Task EndAsync(IPage technician)
    {
        await technician.ClickAsync("[data-do=end]");
        await technician.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await technician.WaitForSelectorAsync("#session[data-link=ended]");
    }

    // While the session's path is open.
    private static TimeSpan Direct()
    {
        var start = Stopwatch.GetTimestamp();
        using var ssh = PlainSsh.StartOverPath($"{DemoInstallation.EdgeUser}@{DemoInstallation.EdgeAddress}", DemoInstallation.KeyFile);
        Expect.Text(ssh.Output, "$ ");
        return Stopwatch.GetElapsedTime(start);
    }
}
