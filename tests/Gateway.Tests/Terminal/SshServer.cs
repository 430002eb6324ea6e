using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>A real sshd on a loopback port, with a host key and one user key of its own.</summary>
public sealed class SshServer : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-sshd").FullName;
    private Process? _process;

    /// <summary>More lines of its configuration.</summary>
    public string Settings { get; init; } = "";

    /// <summary>The user key's kind.</summary>
    public string KeyType { get; init; } = "ed25519";

    /// <summary>What locks the user key; empty: nothing.</summary>
    public string Passphrase { get; init; } = "";

    /// <summary>The user key's file: OpenSSH's own, or another that ssh-keygen knows.</summary>
    public string KeyForm { get; init; } = "RFC4716";

    public int Port { get; private set; }

    public string HostKey { get; private set; } = "";

    public string PrivateKey { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory("/run/sshd");
        await RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", $"{_folder}/host");
        await RunAsync("ssh-keygen", "-q", "-t", KeyType, "-m", KeyForm, "-N", Passphrase, "-f", $"{_folder}/user");
        HostKey = (await File.ReadAllTextAsync($"{_folder}/host.pub")).Split(' ')[1];
        PrivateKey = await File.ReadAllTextAsync($"{_folder}/user");
        Port = FreePort.Next();
        await File.WriteAllTextAsync(
            $"{_folder}/config",
            $"""
            ListenAddress 127.0.0.1
            Port {Port}
            HostKey {_folder}/host
            PidFile {_folder}/pid
            AuthorizedKeysFile {_folder}/user.pub
            PermitRootLogin yes
            PasswordAuthentication yes
            StrictModes no
            UsePAM no
            PrintMotd no
            PrintLastLog no
            {Settings}

            """);
        _process = Process.Start(new ProcessStartInfo("/usr/sbin/sshd", ["-D", "-e", "-f", $"{_folder}/config"]) { RedirectStandardError = true });
        for (var tries = 0; tries < 100; tries++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException("sshd did not start.");
    }

    public Task DisposeAsync()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Another key than the server's, of the same kind.</summary>
    public static string OtherHostKey()
    {
        byte[] blob = [0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 32, .. RandomNumberGenerator.GetBytes(32)];
        return Convert.ToBase64String(blob);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
    }
}
