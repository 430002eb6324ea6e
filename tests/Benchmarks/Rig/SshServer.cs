using System.Diagnostics;

namespace Sallyport.Benchmarks.Rig;

/// <summary>A real sshd on a loopback port, with a host key and one user key of its own.</summary>
internal sealed class SshServer : IAsyncDisposable
{
    private readonly Process _process;

    private SshServer(string folder, int port, Process process) => (Folder, Port, _process) = (folder, port, process);

    public string Folder { get; }

    public int Port { get; }

    public string KeyFile => $"{Folder}/user";

    public string KnownHosts => $"{Folder}/known_hosts";

    /// <summary>The key blob, base64.</summary>
    public string HostKey => File.ReadAllText($"{Folder}/host.pub").Split(' ')[1];

    public static async Task<SshServer> StartAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory("/run/sshd");
        await Children.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", $"{folder}/host"], cancellationToken);
        await Children.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", $"{folder}/user"], cancellationToken);
        var port = FreePort.Next();
        await File.WriteAllTextAsync(
            $"{folder}/config",
            $"""
            # The same small shell whoever runs this: no profile of root's, and no .bashrc, which bash reads below sshd unless SHLVL says otherwise.
            ForceCommand if [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec sh -c "$SSH_ORIGINAL_COMMAND"; else exec sh -i; fi
            SetEnv SHLVL=1
            ListenAddress 127.0.0.1
            Port {port}
            HostKey {folder}/host
            PidFile none
            AuthorizedKeysFile {folder}/user.pub
            PermitRootLogin yes
            MaxStartups 200
            StrictModes no
            UsePAM no
            PrintMotd no
            PrintLastLog no

            """,
            cancellationToken);
        await File.WriteAllTextAsync($"{folder}/known_hosts", $"[127.0.0.1]:{port} {await File.ReadAllTextAsync($"{folder}/host.pub", cancellationToken)}", cancellationToken);
        var process = Children.Start("/usr/sbin/sshd", ["-D", "-E", $"{folder}/sshd.log", "-f", $"{folder}/config"]);
        await Children.WaitAsync("sshd", () => Children.ListensAsync(port, cancellationToken), cancellationToken);
        return new SshServer(folder, port, process);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
