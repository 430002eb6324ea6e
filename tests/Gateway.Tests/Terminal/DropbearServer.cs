using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>A real dropbear, the SSH server of small devices, on a loopback port, with an account of its own that signs in by key or password.</summary>
public sealed class DropbearServer : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-dropbear").FullName;
    private Process? _process;

    public string User { get; } = $"drop{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    public string Password { get; } = RandomNumberGenerator.GetHexString(20);

    public int Port { get; } = FreePort.Next();

    public string HostKey { get; private set; } = "";

    public string PrivateKey { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await RunAsync(
            $"""
            set -e
            useradd --no-create-home --home-dir {_folder} --shell /bin/bash {User}
            echo {User}:{Password} | chpasswd
            dropbearkey -t ed25519 -f {_folder}/host > {_folder}/host.pub
            mkdir {_folder}/.ssh
            ssh-keygen -q -t ed25519 -N '' -f {_folder}/user
            cp {_folder}/user.pub {_folder}/.ssh/authorized_keys
            chmod 700 {_folder} {_folder}/.ssh
            chown -R {User} {_folder}
            """);
        HostKey = (await File.ReadAllLinesAsync($"{_folder}/host.pub")).Single(line => line.StartsWith("ssh-ed25519 ", StringComparison.Ordinal)).Split(' ')[1];
        PrivateKey = await File.ReadAllTextAsync($"{_folder}/user");
        _process = Process.Start(new ProcessStartInfo("dropbear", ["-F", "-E", "-r", $"{_folder}/host", "-p", $"127.0.0.1:{Port}", "-P", $"{_folder}/pid"]) { RedirectStandardError = true });
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

        throw new InvalidOperationException("dropbear did not start.");
    }

    public async Task DisposeAsync()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.Dispose();
        await RunAsync($"userdel --force {User} 2>/dev/null; rm -rf {_folder}");
    }

    private static async Task RunAsync(string script)
    {
        using var process = Process.Start("sh", ["-c", script]);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"A step of dropbear's set-up failed with {process.ExitCode}.");
        }
    }
}
