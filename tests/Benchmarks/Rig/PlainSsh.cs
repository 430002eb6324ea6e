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

    /// <summary>The user's shell on a host that nobody has pinned; as the gateway's user, whom alone a path lets through, but with root's key.</summary>
    public static PlainSsh StartOverPath(string destination, string keyFile)
    {
        string[] asGateway = ["--reuid=sallyport-gateway", "--clear-groups", "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
        string[] options = ["-oUserKnownHostsFile=/dev/null", "-oStrictHostKeyChecking=no", "-tt"];
        return new PlainSsh(Children.Start("setpriv", [.. asGateway, "ssh", .. Arguments(destination, 22, keyFile, options)]));
    }

    private static PlainSsh Start(string destination, int port, string keyFile, string[] options, string? command)
    {
        var arguments = Arguments(destination, port, keyFile, options);
        return new PlainSsh(Children.Start("ssh", command is null ? arguments : [.. arguments, command]));
    }

    private static string[] Arguments(string destination, int port, string keyFile, string[] options) =>
        ["-F", "/dev/null", "-i", keyFile, "-oBatchMode=yes", "-oLogLevel=ERROR", "-p", port.ToString(), .. options, destination];

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
