using System.Diagnostics;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Screen;

/// <summary>A real Xvnc of 1280 × 800 with a display and a port of its own, and one program on it.</summary>
internal sealed class XServer : IAsyncDisposable
{
    private readonly Process _server;
    private readonly List<Process> _programs = [];
    private readonly string _display;

    private XServer(Process server, string display, int port) => (_server, _display, Port) = (server, display, port);

    public int Port { get; }

    public static async Task<XServer> StartAsync(CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        var server = Children.Start(
            "Xtigervnc",
            [
                "-displayfd", "1", "-rfbport", $"{port}", "-localhost", "-geometry", "1280x800", "-depth", "24", "-SecurityTypes", "None", "-AlwaysShared", "-ac", "-nolisten", "tcp",
                "-desktop", "Benchmark",
            ],
            quiet: true);
        var display = await server.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("Xvnc gave no display.");
        return new XServer(server, $":{display}", port);
    }

    /// <param name="path">A Tcl/Tk program, from the repository's root.</param>
    public async Task ShowAsync(string path, CancellationToken cancellationToken)
    {
        _programs.Add(Children.Start("wish", [Path.Combine(Repository.Root, path)], new Dictionary<string, string>(StringComparer.Ordinal) { ["DISPLAY"] = _display }));
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _programs.Append(_server))
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
