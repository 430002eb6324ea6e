using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>A terminal whose recording can no longer be written.</summary>
public sealed class UnrecordableTests(SshServer asset) : IClassFixture<SshServer>
{
    [Fact]
    public async Task What_the_asset_prints_ends_the_session_and_the_user_reads_no_path_of_the_gateway()
    {
        await using var terminal = await RunningTerminal.StartAsync(asset, TimeSpan.FromMinutes(30));
        await terminal.TypeAsync("sleep 1; echo late\n");
        await terminal.Recording.DisposeAsync();

        await EndsAsync(terminal);
    }

    [Fact]
    public async Task What_the_browser_asks_for_is_not_done_and_ends_the_session()
    {
        await using var terminal = await RunningTerminal.StartAsync(asset, TimeSpan.FromMinutes(30));
        await terminal.Recording.DisposeAsync();

        await Assert.ThrowsAsync<RecordingException>(() => terminal.Session.ResizeAsync(100, 30).AsTask());
        await EndsAsync(terminal);
    }

    private static async Task EndsAsync(RunningTerminal terminal)
    {
        var ended = await terminal.NextAsync<EndedMessage>(SessionMessages.Ended);
        Assert.Equal(SessionEndReason.RecordingFailed, ended.Reason);
        Assert.Equal("The session was ended because its recording can no longer be written (is the disk full?). What was recorded is kept. Tell an admin.", ended.Message);
    }
}
