using System.Diagnostics;

namespace Sallyport.Hub.Tests.Support;

/// <summary>The hub's program, with the rights that deploy/up gives it and no more.</summary>
internal sealed class HubProcess : IAsyncDisposable
{
    private readonly Process _process;

    private HubProcess(Process process) => _process = process;

    public bool IsRunning => !_process.HasExited;

    /// <param name="place">The namespace; null: the machine's own.</param>
    public static HubProcess Start(string? place, string log, IEnumerable<(string Name, string Value)> settings, string? path = null)
    {
        var dotnet = Environment.ProcessPath is { } self && Path.GetFileName(self) == "dotnet" ? self : "dotnet";
        string[] program =
        [
            "env", "-i", $"PATH={path ?? Environment.GetEnvironmentVariable("PATH")}", $"DOTNET_ROOT={Environment.GetEnvironmentVariable("DOTNET_ROOT")}", "HOME=/nonexistent", "DOTNET_gcServer=0",
            .. settings.Select(s => $"Hub__{s.Name}={s.Value}"),
            "/usr/bin/setpriv", "--bounding-set=-all,+net_admin,+net_raw", "--inh-caps=-all,+net_admin,+net_raw", "--no-new-privs",
            dotnet, Path.Combine(AppContext.BaseDirectory, "Sallyport.Hub.dll"),
        ];
        string[] whole = place is null ? program : ["ip", "netns", "exec", place, .. program];
        return new HubProcess(Process.Start(new ProcessStartInfo("sh", ["-c", $"exec \"$@\" >> '{log}' 2>&1 < /dev/null", "sh", .. whole]) { WorkingDirectory = AppContext.BaseDirectory })!);
    }

    public async Task<int> ExitAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
