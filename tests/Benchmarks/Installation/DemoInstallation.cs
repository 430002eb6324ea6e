using System.Diagnostics;
using Microsoft.Playwright;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Installation;

/// <summary>A whole installation with its demo plant, made by <c>deploy/up --demo</c> in a folder, ports and namespaces of its own; and one real browser.</summary>
internal sealed class DemoInstallation : IAsyncDisposable
{
    public const string Url = "http://localhost:18180";
    public const string EdgeAddress = "100.64.0.1";
    public const string EdgeUser = "sallyport-demo";

    private static readonly string Data = Path.Combine(Path.GetTempPath(), "sallyport-bench-demo");

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private DemoInstallation(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>The key of the hosts' one maintenance account.</summary>
    public static string KeyFile => $"{Data}/plant/key";

    public int PortalProcessId { get; } = int.Parse(File.ReadAllText($"{Data}/run/portal.pid"));

    public static async Task<DemoInstallation> StartAsync(CancellationToken cancellationToken)
    {
        await RunAsync("deploy/down", ["--erase"], cancellationToken);
        try
        {
            await RunAsync("deploy/up", ["--demo"], cancellationToken);
        }
        catch
        {
            // What came up would be measured beside the next.
            await RunAsync("deploy/down", ["--erase"], CancellationToken.None);
            throw;
        }

        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        return new DemoInstallation(playwright, browser);
    }

    /// <summary>A new browser profile, signed in by the sign-in page.</summary>
    public async Task<IPage> SignInAsync(string user, string? script = null)
    {
        var accounts = (await File.ReadAllLinesAsync($"{Data}/demo/accounts.txt")).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal);
        var context = await _browser.NewContextAsync();
        if (script is not null)
        {
            await context.AddInitScriptAsync(script);
        }

        var page = await context.NewPageAsync();
        await page.GotoAsync(Url);
        await page.FillAsync("[name=userName]", user);
        await page.FillAsync("[name=password]", accounts[user]);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForSelectorAsync(".shell-user");
        return page;
    }

    /// <summary>The technician asks, the admin approves; ends on the technician's own page, which then has Connect.</summary>
    public static async Task GrantTerminalAsync(IPage technician, IPage admin, string asset)
    {
        await technician.Locator("tr", new() { HasText = asset }).GetByRole(AriaRole.Link, new() { Name = "Request Terminal" }).ClickAsync();
        await technician.FillAsync("textarea", "A benchmark");
        await technician.GetByRole(AriaRole.Button, new() { Name = "Send the request" }).ClickAsync();
        await technician.GetByText("Every admin of your organisation").WaitForAsync();
        await admin.GotoAsync($"{Url}/approvals");
        await admin.Locator("article.card", new() { HasText = "A benchmark" }).GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await technician.GotoAsync(Url);
        await technician.GetByRole(AriaRole.Button, new() { Name = "Connect" }).WaitForAsync();
    }

    /// <summary>Until the edge's SSH port no longer answers the gateway's own user; asked for every 50 ms, an unanswered time taking 300.</summary>
    public static Task UntilPathIsClosedAsync(CancellationToken cancellationToken) => Children.RunAsync(
        "sh",
        ["-c", $"exec setpriv --reuid=sallyport-gateway --regid=$(id -g sallyport-gateway) --clear-groups sh -c 'while timeout 0.3 bash -c \"exec 3<>/dev/tcp/{EdgeAddress}/22\" 2>/dev/null; do sleep 0.05; done'"],
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
        await RunAsync("deploy/down", ["--erase"], CancellationToken.None);
    }

    private static async Task RunAsync(string script, string[] arguments, CancellationToken cancellationToken)
    {
        // What it starts lives on with the same output, so that goes to a file and not to a pipe of ours.
        var log = Path.Combine(Path.GetTempPath(), "sallyport-bench-demo.log");
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", $"exec '{RepositoryRoot.Folder}/{script}' \"$@\" > {log} 2>&1 < /dev/null", "sh", .. arguments])
        {
            Environment =
            {
                ["SALLYPORT_DATA"] = Data,
                ["SALLYPORT_URL"] = Url,
                ["SALLYPORT_GATEWAY"] = "http://localhost:18181",
                ["SALLYPORT_PREFIX"] = "spbench",
                ["SALLYPORT_WAN"] = "198.51.100",
                ["SALLYPORT_INNER"] = "10.215.0",
                ["SALLYPORT_LINK_PORT"] = "18543",
            },
        })!;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{script} failed:\n{await File.ReadAllTextAsync(log, cancellationToken)}");
        }
    }
}
