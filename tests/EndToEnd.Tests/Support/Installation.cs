using System.Diagnostics;
using Microsoft.Playwright;

namespace Sallyport.EndToEnd.Tests.Support;

/// <summary>
/// A whole installation, made by <c>deploy/up</c> as a user would, in folders, ports and namespaces of its own; and one
/// real browser. One at a time: they share the overlay's route.
/// </summary>
public abstract class Installation(params string[] upArguments) : IAsyncLifetime
{
    public const string Url = "http://localhost:18080";
    public const string GatewayUrl = "http://localhost:18081";

    private readonly string _data = Path.Combine(Path.GetTempPath(), "sallyport-e2e");
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public string Data => _data;

    public static string Prefix => "spe2e";

    /// <summary>Small, so that a test can fill it.</summary>
    public string Recordings => Path.Combine(_data, "recordings");

    public async Task InitializeAsync()
    {
        await EraseAsync();
        await ShellAsync($"mkdir -p {Recordings} && mount -t tmpfs -o size=256m,mode=755 sallyport-e2e {Recordings}");
        await UpAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
        await EraseAsync();
    }

    /// <summary>Closes all that tests have opened: pages that nobody looks at would go on asking the portal for news, and slow down whatever comes after.</summary>
    public Task CloseBrowsersAsync() => Task.WhenAll(_browser!.Contexts.ToList().Select(context => context.CloseAsync()));

    /// <summary>A new browser profile.</summary>
    public async Task<IPage> OpenBrowserAsync(string? timeZone = null)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 }, TimezoneId = timeZone });
        return await context.NewPageAsync();
    }

    public static async Task SignInAsync(IPage page, string userName, string password)
    {
        await page.GotoAsync(Url);
        await page.FillAsync("[name=userName]", userName);
        await page.FillAsync("[name=password]", password);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForSelectorAsync(".shell-user");
    }

    /// <summary>With a temporary password, which the user replaces.</summary>
    public static async Task SignInFirstAsync(IPage page, string userName, string temporary, string next)
    {
        await page.GotoAsync(Url);
        await page.FillAsync("[name=userName]", userName);
        await page.FillAsync("[name=password]", temporary);
        await page.ClickAsync("button[type=submit]");
        await page.FillAsync("[name=next]", next);
        await page.FillAsync("[name=repeated]", next);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForSelectorAsync(".shell-user");
    }

    /// <summary>Starts again whatever is not running.</summary>
    public Task UpAsync() => RunAsync("deploy/up", upArguments);

    /// <summary>Sends a signal to portal, hub or gateway.</summary>
    /// <returns>Its process.</returns>
    public async Task<int> SignalAsync(string service, string signal)
    {
        var pid = int.Parse(await File.ReadAllTextAsync(Path.Combine(_data, $"run/{service}.pid")));
        await ShellAsync($"kill -{signal} {pid}");
        return pid;
    }

    /// <summary>Sends a signal to portal, hub or gateway and waits until it is gone.</summary>
    public async Task KillAsync(string service, string signal)
    {
        var pid = await SignalAsync(service, signal);
        await Eventually.HoldsAsync($"{service} is gone", () => !Directory.Exists($"/proc/{pid}"));
    }

    /// <summary>PostgreSQL's own answer, as the portal's role.</summary>
    public Task<string> QueryAsync(string sql) =>
        ShellAsync($"setpriv --reuid=sallyport --regid=sallyport --clear-groups psql -h {_data}/postgres/socket -U sallyport_portal -d sallyport -X -At -c \"{sql}\"");

    /// <summary>The portal's command line, from /tmp; what it printed.</summary>
    public Task<string> CommandAsync(string arguments) => ShellAsync($"cd /tmp && {RepositoryRoot.Folder}/deploy/portal --data {_data} {arguments}");

    public static async Task<string> ShellAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{command}: {error}");
    }

    private async Task EraseAsync()
    {
        // A gateway with an open recording would keep it mounted, and what is mounted cannot be erased.
        await RunAsync("deploy/down");
        await ShellAsync($"if mountpoint -q {Recordings}; then umount {Recordings}; fi");
        await RunAsync("deploy/down", "--erase");
    }

    private async Task RunAsync(string script, params string[] arguments)
    {
        var log = Path.Combine(Path.GetTempPath(), "sallyport-e2e.log");
        var start = new ProcessStartInfo("sh", ["-c", $"exec '{RepositoryRoot.Folder}/{script}' \"$@\" > {log} 2>&1 < /dev/null", "sh", .. arguments])
        {
            Environment =
            {
                ["SALLYPORT_DATA"] = _data,
                ["SALLYPORT_URL"] = Url,
                ["SALLYPORT_GATEWAY"] = GatewayUrl,
                ["SALLYPORT_PREFIX"] = Prefix,
                ["SALLYPORT_WAN"] = "198.51.100",
                ["SALLYPORT_INNER"] = "10.214.0",
                ["SALLYPORT_LINK_PORT"] = "18443",
            },
        };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{script} failed:\n{await File.ReadAllTextAsync(log)}");
    }
}
