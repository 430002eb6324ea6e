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
    public static PlainSsh Start(SshServer asset, bool terminal, string? command) =>
        Start("root@127.0.0.1", asset.Port, asset.KeyFile, [$"-oUserKnownHostsFile={asset.KnownHosts}", terminal ? "-tt" : "-T"], command);

    /// <summary>The user's shell on a host that nobody has pinned.</summary>
    public static PlainSsh Start(string destination, int port, string keyFile) =>
        Start(destination, port, keyFile, ["-oUserKnownHostsFile=/dev/null", "-oStrictHostKeyChecking=no", "-tt"], null);

    private static PlainSsh Start(string destination, int port, string keyFile, string[] options, string? command)
    {
        string[] arguments = ["-F", "/dev/null", "-i", keyFile, "-oBatchMode=yes", "-oLogLevel=ERROR", "-p", port.ToString(), .. options, destination];
        return new PlainSsh(Children.Start("ssh", command is null ? arguments : [.. arguments, command]));
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
