using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>What the clock does to a running session.</summary>
public sealed class SessionTimeTests(SshServer asset) : IClassFixture<SshServer>
{
    [Fact]
    public async Task The_user_is_warned_five_minutes_and_one_minute_before_the_grant_ends_and_then_cut()
    {
        await using var terminal = await RunningTerminal.StartAsync(asset, TimeSpan.FromMinutes(30));

        terminal.Time.Ahead += TimeSpan.FromMinutes(25.2);
        var early = await terminal.NextAsync<NoticeMessage>(SessionMessages.Notice);
        Assert.Equal(("warning", 5, "5 minutes left, then the session ends."), (early.Kind, early.MinutesLeft, early.Message));

        terminal.Time.Ahead += TimeSpan.FromMinutes(4);
        var late = await terminal.NextAsync<NoticeMessage>(SessionMessages.Notice);
        Assert.Equal(("warning", 1, "One minute left, then the session ends."), (late.Kind, late.MinutesLeft, late.Message));

        terminal.Time.Ahead += TimeSpan.FromMinutes(1);
        var ended = await terminal.NextAsync<EndedMessage>(SessionMessages.Ended);
        Assert.Equal(SessionEndReason.GrantEnded, ended.Reason);
        Assert.Equal(["Warned: 5 min left", "Warned: 1 min left", $"Ended: {ended.Message}"], (await terminal.MarkersAsync()).Skip(1));
    }

    [Fact]
    public async Task A_moved_end_is_told_and_warned_of_anew()
    {
        await using var terminal = await RunningTerminal.StartAsync(asset, TimeSpan.FromMinutes(30));
        terminal.Time.Ahead += TimeSpan.FromMinutes(29.2);
        Assert.Equal(1, (await terminal.NextAsync<NoticeMessage>(SessionMessages.Notice)).MinutesLeft);

        terminal.Session.MoveEnd(terminal.Time.GetUtcNow() + TimeSpan.FromMinutes(4.8));
        Assert.Equal("window", (await terminal.NextAsync<NoticeMessage>(SessionMessages.Notice)).Kind);
        Assert.Equal(5, (await terminal.NextAsync<NoticeMessage>(SessionMessages.Notice)).MinutesLeft);

        terminal.Time.Ahead += TimeSpan.FromMinutes(4);
        Assert.Equal(1, (await terminal.NextAsync<NoticeMessage>(SessionMessages.Notice)).MinutesLeft);
    }

    [Fact]
    public async Task Who_does_nothing_for_too_long_is_warned_and_signed_out_and_who_types_is_not()
    {
        await using var terminal = await RunningTerminal.StartAsync(asset, TimeSpan.FromHours(8), idle: TimeSpan.FromMinutes(15));

        terminal.Time.Ahead += TimeSpan.FromMinutes(14.5);
        Assert.StartsWith("Are you still there?", (await IdleNoticeAsync(terminal)).Message, StringComparison.Ordinal);
        await terminal.TypeAsync("#");
        Assert.Equal("", (await IdleNoticeAsync(terminal)).Message);

        terminal.Time.Ahead += TimeSpan.FromMinutes(14.5);
        await IdleNoticeAsync(terminal);
        Assert.Null(terminal.Session.Ended);
        terminal.Time.Ahead += TimeSpan.FromMinutes(1);
        var ended = await terminal.NextAsync<EndedMessage>(SessionMessages.Ended);
        Assert.Equal((SessionEndReason.Idle, "Nobody did anything for 15 minutes."), (ended.Reason, ended.Message));
    }

    private static Task<NoticeMessage> IdleNoticeAsync(RunningTerminal terminal) => terminal.NextAsync<NoticeMessage>(SessionMessages.Notice, notice => notice.Kind == "idle");
}
