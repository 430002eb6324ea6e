using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;
using Sallyport.Gateway.Tests.Sessions;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>A real sshd whose packets no longer come, as when its way to the gateway breaks.</summary>
public sealed class VanishedTerminalTests(SshFixture server) : IClassFixture<SshFixture>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_terminal_behind_a_path_that_died_ends_and_says_so(bool typed)
    {
        using var shell = await OpenAsync(CancellationToken.None);
        await using var dropped = await DroppedPort.StartAsync(server.Port);
        if (typed)
        {
            await shell.WriteAsync("x"u8.ToArray(), CancellationToken.None);
        }

        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => ReadToEndAsync(shell));

        Assert.Equal(SessionEndReason.AssetLost, failure.Reason);
        Assert.Contains("no longer answers", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_asset_that_takes_no_connection_is_given_up()
    {
        await using var dropped = await DroppedPort.StartAsync(server.Port);

        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(CancellationToken.None));

        Assert.Contains("within 10 seconds", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_asset_that_takes_no_connection_is_left_at_once_when_the_browser_leaves()
    {
        await using var dropped = await DroppedPort.StartAsync(server.Port);
        using var leaving = new CancellationTokenSource();
        var opening = OpenAsync(leaving.Token);
        await Eventually.HoldsAsync("it is trying to connect", () => IsTrying(server.Port));

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    // A SYN was sent there (proc_net_tcp(5)); by a socket for both kinds of addresses, or for one.
    private static bool IsTrying(int port) =>
        new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Any(table => File.ReadAllText(table).Contains($"0100007F:{port:X4} 02 ", StringComparison.Ordinal));

    private Task<SshShell> OpenAsync(CancellationToken cancellationToken) =>
        SshShell.OpenAsync(new SshDestination("127.0.0.1", server.Port, server.HostKey), new AssetCredential("root", null, server.PrivateKey), 80, 24, null, cancellationToken);

    private static async Task ReadToEndAsync(SshShell shell)
    {
        // Three times as long as it should take.
        using var timeout = new CancellationTokenSource(DeadPeerDetection.After * 3);
        while (await shell.Output.ReadAsync(timeout.Token) is { IsCompleted: false } read)
        {
            shell.Output.AdvanceTo(read.Buffer.End);
        }
    }
}
