using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>Assets that hang, flood or close: whatever they do, a session ends at once when it is to end, and takes no more memory than it may.</summary>
public sealed class HostileSshTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Output_that_nobody_reads_stays_at_the_asset()
    {
        await using var asset = await SshPeer.StartAsync(new { shell = "flood" });
        using var shell = await OpenAsync(asset);
        var read = await shell.Output.ReadAsync();
        shell.Output.AdvanceTo(read.Buffer.End);
        var before = Process.GetCurrentProcess().WorkingSet64;

        // Long enough for several gigabytes.
        await Task.Delay(TimeSpan.FromSeconds(3));

        using var now = Process.GetCurrentProcess();
        Assert.InRange(now.WorkingSet64 - before, long.MinValue, 64 * 1024 * 1024);
    }

    [Fact]
    public async Task A_session_whose_output_nobody_reads_ends_at_once()
    {
        await using var asset = await SshPeer.StartAsync(new { shell = "flood" });
        var shell = await OpenAsync(asset);
        await asset.NextAsync("user");

        var disposed = Stopwatch.StartNew();
        shell.Dispose();

        Assert.InRange(disposed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await EndAsync(shell);
        await asset.NextAsync("closed").WaitAsync(Soon);
    }

    [Fact]
    public async Task An_asset_that_stops_reading_blocks_neither_who_types_nor_the_end()
    {
        await using var asset = await SshPeer.StartAsync(new { shell = "deaf" });
        var shell = await OpenAsync(asset);
        await shell.WriteAsync("x"u8.ToArray(), CancellationToken.None);
        await asset.NextAsync("deaf");
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await shell.WriteAsync(new byte[16 * 1024 * 1024], enough.Token));
        var disposed = Stopwatch.StartNew();
        shell.Dispose();

        Assert.InRange(disposed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await EndAsync(shell);
    }

    [Theory]
    [InlineData("")]
    [InlineData("SSH-2.0-mute\r\n")]
    public async Task A_mute_server_is_left_at_once_when_the_browser_leaves(string greeting)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var leaving = new CancellationTokenSource();
        var opening = SshShell.OpenAsync(new SshDestination("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, SshServer.OtherHostKey()), Password(), 80, 24, null, leaving.Token);
        using var accepted = await listener.AcceptTcpClientAsync();
        await accepted.GetStream().WriteAsync(Encoding.ASCII.GetBytes(greeting));
        await accepted.GetStream().ReadExactlyAsync(new byte[4]);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(Soon));
    }

    [Fact]
    public async Task A_server_that_never_answers_the_sign_in_is_given_up_and_the_sentence_says_so()
    {
        await using var asset = await SshPeer.StartAsync(new { hangAt = "password" });

        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(asset).WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Equal(SessionEndReason.AssetLost, failure.Reason);
        Assert.Contains("within 10 seconds", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shell_that_never_comes_is_given_up()
    {
        await using var asset = await SshPeer.StartAsync(new { shell = "never" });

        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(asset).WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Contains("opened no terminal", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("disconnect")]
    [InlineData("destroy")]
    public async Task An_asset_that_closes_ends_the_session_after_what_it_said(string how)
    {
        await using var asset = await SshPeer.StartAsync(new { shell = how });
        using var shell = await OpenAsync(asset);
        var said = new StringBuilder();

        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => ReadToEndAsync(shell, said));

        Assert.Equal("bye", said.ToString());
        Assert.Equal("The asset closed the connection.", failure.Message);
    }

    [Fact]
    public async Task A_shell_that_is_closed_at_once_ends_the_session_after_what_it_said()
    {
        await using var asset = await SshPeer.StartAsync(new { shell = "closed" });
        using var shell = await OpenAsync(asset);
        var said = new StringBuilder();

        await ReadToEndAsync(shell, said);

        Assert.Equal("bye", said.ToString());
    }

    [Fact]
    public async Task A_banner_of_many_megabytes_is_cut_off()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            var line = Encoding.ASCII.GetBytes(new string('x', 8000) + "\r\n");
            try
            {
                while (true)
                {
                    await client.GetStream().WriteAsync(line);
                }
            }
            catch (IOException)
            {
                // Cut off.
            }
        });

        var result = await HostKeyScanner.ScanAsync(new SshDestination("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, null), CancellationToken.None);

        Assert.NotNull(result.Error);
        await serving.WaitAsync(Soon);
    }

    [Fact]
    public async Task The_credential_is_in_no_object_of_a_session_that_runs()
    {
        await using var asset = await SshPeer.StartAsync(new { password = "held-by-nobody-4711" });
        using var shell = await SshShell.OpenAsync(new SshDestination("127.0.0.1", asset.Port, asset.HostKey), new AssetCredential("root", new string("held-by-nobody-4711"), null), 80, 24, null, CancellationToken.None);

        Assert.DoesNotContain(Reachable.From(shell), found => found is "held-by-nobody-4711" || (found is byte[] bytes && bytes.AsSpan().IndexOf("held-by-nobody-4711"u8) >= 0));
    }

    private static AssetCredential Password() => new("root", "secret-7", null);

    private static Task<SshShell> OpenAsync(SshPeer asset) => SshShell.OpenAsync(new SshDestination("127.0.0.1", asset.Port, asset.HostKey), Password(), 80, 24, null, CancellationToken.None);

    private static async Task ReadToEndAsync(SshShell shell, StringBuilder said)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var read = await shell.Output.ReadAsync(timeout.Token);
            foreach (var part in read.Buffer)
            {
                said.Append(Encoding.UTF8.GetString(part.Span));
            }

            shell.Output.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static async Task EndAsync(SshShell shell)
    {
        using var timeout = new CancellationTokenSource(Soon);
        while (await shell.Output.ReadAsync(timeout.Token) is { IsCompleted: false } read)
        {
            shell.Output.AdvanceTo(read.Buffer.End);
        }
    }
}
