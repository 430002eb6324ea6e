using System.Diagnostics;

namespace Sallyport.Benchmarks.Rig;

/// <summary>Debian's <c>ssh</c> on the same asset with the same key, on pipes.</summary>
internal sealed class PlainSsh : IDisposable
{
    private readonly Process _process;

    private PlainSsh(Process process) => _process = process;

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public int ProcessId => _process.Id;

    /// <param name="terminal">On a pseudo-terminal at the asset, as an interactive session.</param>
    /// <param name="command">Null: the user's shell.</param>
    public static PlainSsh Start(SshServer asset, bool terminal, string? command) => new(Children.Start("ssh", Arguments(asset.Port, asset.KeyFile, asset.KnownHosts, "root@127.0.0.1", terminal, command)));

    public static IEnumerable<string> Arguments(int port, string keyFile, string knownHosts, string destination, bool terminal, string? command) =>
    [
        "-F", "/dev/null", "-i", keyFile, "-o", $"UserKnownHostsFile={knownHosts}", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
        "-p", port.ToString(), terminal ? "-tt" : "-T", destination, .. command is null ? Array.Empty<string>() : [command],
    ];

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
