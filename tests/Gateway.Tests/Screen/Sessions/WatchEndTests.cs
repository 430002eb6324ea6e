using Sallyport.Contracts;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>Who may not watch any more sees nothing from then on, and the session goes on without them.</summary>
public sealed class WatchEndTests
{
    [Fact]
    public async Task A_watcher_whose_right_ended_gets_the_reason_and_nothing_after_it_and_the_session_goes_on()
    {
        await using var panel = new FakePanel(PaintAsync);
        await using var gateway = await ScreenGateway.StartAsync(panel.Port);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();
        await using var watcher = await gateway.WatchAsync(opened.SessionId);
        await using var watching = await watcher.FollowAsync();
        await browser.HeardAsync<NoticeMessage>(SessionMessages.Notice, n => n.Message == "Watched by Admin");
        var session = gateway.Find(opened.SessionId)!;
        await ScreenGateway.UntilAsync(() => session.Watches.Any(), "the watch");

        gateway.EndWatch(opened.SessionId, "An admin disabled your user.");

        var ended = await watcher.HeardAsync<EndedMessage>(SessionMessages.Ended);
        Assert.Equal((SessionEndReason.SignedOut, "An admin disabled your user."), (ended.Reason, ended.Message));
        await ScreenGateway.UntilAsync(() => watcher.IsClosed, "the watcher's link to close");
        Assert.Equal(SessionMessages.Ended, watcher.Types.Last());
        await browser.HeardAsync<NoticeMessage>(SessionMessages.Notice, n => n is { Kind: "watchers", Message: "" });
        Assert.Empty(session.Watches);

        // The user sees on.
        var parts = browser.Types.Count;
        await ScreenGateway.UntilAsync(() => browser.Types.Count > parts, "more of the picture");
        Assert.Null(session.Ended);
    }

    [Fact]
    public async Task A_watch_that_ended_before_it_began_is_cut_before_it_shows_anything()
    {
        await using var panel = new FakePanel(PaintAsync);
        await using var gateway = await ScreenGateway.StartAsync(panel.Port);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();

        // The order overtook the answer to the ticket, which the watcher's link still waits for.
        gateway.Find(opened.SessionId)!.EndWatch(ScreenGateway.Watch, "You signed out of the portal.");
        await using var watcher = await gateway.WatchAsync(opened.SessionId);

        await watcher.HeardAsync<EndedMessage>(SessionMessages.Ended);
        await ScreenGateway.UntilAsync(() => watcher.IsClosed, "the watcher's link to close");
        Assert.DoesNotContain(Gateway.Screen.ScreenMessages.Rfb, watcher.Types);
    }

    // Another colour with every answer.
    private static async Task PaintAsync(Conversation c)
    {
        await c.GreetAsync();
        for (byte colour = 0; ; colour += 8)
        {
            await c.HearRequestAsync();
            await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, 64, 48, RfbEncoding.Rre, 0, 0, 0, 0, colour, 0, 255, 0)));
            await Task.Delay(50);
        }
    }
}
