using Sallyport.Contracts.Links;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>A terminal at which nobody types is not silent on the wire.</summary>
public sealed class KeepAliveTests
{
    private static readonly AssetCredential Password = new("root", "secret-7", null);

    [Fact]
    public async Task Something_passes_every_quarter_of_a_minute_that_the_asset_drops()
    {
        await using var asset = await SshPeer.StartAsync(new { debug = "Received IGNORE" });
        await using var terminal = await RunningTerminal.StartAsync(asset, Password);

        terminal.Time.Ahead += TimeSpan.FromSeconds(15);
        await asset.NextAsync("debug");
        terminal.Time.Ahead += TimeSpan.FromSeconds(15);
        await asset.NextAsync("debug");
        await terminal.TypeAsync("exit\r");

        await terminal.Session.Completion.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task An_asset_that_stopped_reading_holds_up_neither_who_keeps_it_alive_nor_the_end()
    {
        await using var asset = await SshPeer.StartAsync(new { shell = "deaf" });
        var shell = await SshShell.OpenAsync(new SshDestination("127.0.0.1", asset.Port, asset.HostKey), Password, 80, 24, null, CancellationToken.None);
        await shell.WriteAsync("x"u8.ToArray(), CancellationToken.None);
        await asset.NextAsync("deaf");
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (true)
            {
                await shell.WriteAsync(new byte[32 * 1024], enough.Token);
            }
        });

        for (var i = 0; i < 100; i++)
        {
            shell.KeepAlive();
        }

        shell.Dispose();
        while (!(await shell.Output.ReadAsync(new CancellationTokenSource(TimeSpan.FromSeconds(5)).Token)).IsCompleted)
        {
            shell.Output.AdvanceTo(default);
        }
    }
}
