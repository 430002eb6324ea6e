using System.Diagnostics;
using System.Security.Cryptography;

namespace Sallyport.Tests.Support;

/// <summary>A real sshd on a loopback port, with a host key and one user key of its own; root signs in with that.</summary>
public class SshServer : IAsyncDisposable
{
    private Process? _process;

    /// <summary>Its own; gone with it.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("sallyport-sshd").FullName;

    /// <summary>More lines of its configuration.</summary>
    public string Settings { get; init; } = "";

    /// <summary>The user key's kind.</summary>
    public string KeyType { get; init; } = "ed25519";

    /// <summary>What locks the user key; empty: nothing.</summary>
    public string Passphrase { get; init; } = "";

    /// <summary>The user key's file: OpenSSH's own, or another that ssh-keygen knows.</summary>
    public string KeyForm { get; init; } = "RFC4716";

    public int Port { get; } = FreePort.Next();

    /// <summary>The key's blob, base64.</summary>
    public string HostKey { get; private set; } = "";

    public string PrivateKey { get; private set; } = "";

    /// <summary>Of the private key.</summary>
    public string KeyFile => $"{Folder}/user";

    /// <summary>A file for <c>ssh</c> that knows the host key.</summary>
    public string KnownHosts => $"{Folder}/known_hosts";

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory("/run/sshd");
        await Children.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", $"{Folder}/host"], cancellationToken);
        await Children.RunAsync("ssh-keygen", ["-q", "-t", KeyType, "-m", KeyForm, "-N", Passphrase, "-f", KeyFile], cancellationToken);
        var host = await File.ReadAllTextAsync($"{Folder}/host.pub", cancellationToken);
        HostKey = host.Split(' ')[1];
        PrivateKey = await File.ReadAllTextAsync(KeyFile, cancellationToken);
        await File.WriteAllTextAsync(KnownHosts, $"[127.0.0.1]:{Port} {host}", cancellationToken);
        await File.WriteAllTextAsync(
            $"{Folder}/config",
            $"""
            ListenAddress 127.0.0.1
            Port {Port}
            HostKey {Folder}/host
            PidFile {Folder}/pid
            AuthorizedKeysFile {Folder}/user.pub
            PermitRootLogin yes
            PasswordAuthentication yes
            StrictModes no
            UsePAM no
            PrintMotd no
            PrintLastLog no
            {Settings}

            """,
            cancellationToken);
        _process = Children.Start("/usr/sbin/sshd", ["-D", "-E", $"{Folder}/log", "-f", $"{Folder}/config"]);
        await Listening.WaitAsync(Port, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Children.StopAsync(_process);
        _process = null;
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Another key than the server's, of the same kind.</summary>
    public static string OtherHostKey()
    {
        byte[] blob = [0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 32, .. RandomNumberGenerator.GetBytes(32)];
        return Convert.ToBase64String(blob);
    }
}
