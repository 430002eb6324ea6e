using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

public sealed class SshShellTests(SshServer server) : IClassFixture<SshServer>
{
    [Fact]
    public async Task A_shell_takes_input_and_sizes_and_ends_with_exit()
    {
        using var shell = await OpenAsync();
        await shell.WriteAsync("stty -echo; PS1=; echo ready-$((1+1))\n"u8.ToArray(), CancellationToken.None);
        await ReadUntilAsync(shell, "ready-2");
        shell.Resize(123, 45);
        await shell.WriteAsync("sleep 0.2; stty size; echo grüße; exit\n"u8.ToArray(), CancellationToken.None);

        var rest = await ReadUntilAsync(shell, null);

        Assert.Contains("45 123", rest, StringComparison.Ordinal);
        Assert.Contains("grüße", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thirty_megabytes_arrive_intact_at_a_slow_reader()
    {
        using var shell = await OpenAsync();
        // No interactive shell in between: its line editor would print sequences of its own.
        await shell.WriteAsync("exec sh -c 'stty -echo -onlcr; printf ready-%s 2; read go; seq 1 4000000'\n"u8.ToArray(), CancellationToken.None);
        await ReadUntilAsync(shell, "ready-2");
        await shell.WriteAsync("go\n"u8.ToArray(), CancellationToken.None);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = 0;
        while (true)
        {
            var read = await shell.Output.ReadAsync();
            foreach (var part in read.Buffer)
            {
                hash.AppendData(part.Span);
                length += part.Length;
            }

            shell.Output.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }

            if (length % 3 == 0)
            {
                await Task.Yield();
            }
        }

        using var seq = Process.Start(new ProcessStartInfo("seq", ["1", "4000000"]) { RedirectStandardOutput = true })!;
        var expected = await SHA256.HashDataAsync(seq.StandardOutput.BaseStream);
        Assert.True(length > 30_000_000);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(hash.GetHashAndReset()));
    }

    [Fact]
    public async Task A_megabyte_of_input_arrives_intact()
    {
        using var shell = await OpenAsync();
        await shell.WriteAsync("stty raw -echo; PS1=; echo ready-$((1+1)); head -c 1000000 | sha256sum; exit\n"u8.ToArray(), CancellationToken.None);
        await ReadUntilAsync(shell, "ready-2");
        var paste = new byte[1_000_000];
        Random.Shared.NextBytes(paste);

        await shell.WriteAsync(paste, CancellationToken.None);

        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(paste)), await ReadUntilAsync(shell, null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_host_key_is_refused_with_both_fingerprints()
    {
        var pinned = SshServer.OtherHostKey();

        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => SshShell.OpenAsync(new SshDestination("127.0.0.1", server.Port, pinned), Key(), 80, 24, null, CancellationToken.None));

        Assert.Equal(SessionEndReason.HostKeyChanged, failure.Reason);
        Assert.Contains(HostKey.FingerprintOf(pinned), failure.Message, StringComparison.Ordinal);
        Assert.Contains(HostKey.FingerprintOf(server.HostKey), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_never_in_the_message()
    {
        var failure = await Assert.ThrowsAsync<AssetFailureException>(() =>
            SshShell.OpenAsync(new SshDestination("127.0.0.1", server.Port, server.HostKey), new AssetCredential("root", "wrong-password-1", null), 80, 24, null, CancellationToken.None));

        Assert.Equal(SessionEndReason.CredentialRefused, failure.Reason);
        Assert.DoesNotContain("wrong-password-1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_reads_the_host_key()
    {
        var result = await HostKeyScanner.ScanAsync(new SshDestination("127.0.0.1", server.Port, null), CancellationToken.None);

        Assert.Equal((server.HostKey, "ssh-ed25519", null), (result.HostKey, result.Algorithm, result.Error));
    }

    [Theory]
    [InlineData("", "does not answer by SSH: it closed the connection")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "Is the service's port the one of its SSH server?")]
    [InlineData("SSH-2.0-x\r\n\u0001\u0002\u0003 garbage garbage garbage garbage garbage garbage", "does not answer by SSH: what it says cannot be understood")]
    [InlineData("SSH-1.5-Cisco-1.25\n", "speaks only version 1 of SSH")]
    public async Task A_server_that_talks_nonsense_ends_the_attempt_with_a_message(string nonsense, string expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(nonsense));
            client.Client.Shutdown(SocketShutdown.Send);
            await Task.Delay(500);
        });

        var result = await HostKeyScanner.ScanAsync(new SshDestination("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, null), CancellationToken.None);

        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        await serving;
    }

    private AssetCredential Key() => new("root", null, server.PrivateKey);

    private Task<SshShell> OpenAsync() => SshShell.OpenAsync(new SshDestination("127.0.0.1", server.Port, server.HostKey), Key(), 80, 24, null, CancellationToken.None);

    private static async Task<string> ReadUntilAsync(SshShell shell, string? wanted)
    {
        var all = new StringBuilder();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var read = await shell.Output.ReadAsync(timeout.Token);
            foreach (var part in read.Buffer)
            {
                all.Append(Encoding.UTF8.GetString(part.Span));
            }

            shell.Output.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || (wanted is not null && all.ToString().Contains(wanted, StringComparison.Ordinal)))
            {
                return all.ToString();
            }
        }
    }
}
