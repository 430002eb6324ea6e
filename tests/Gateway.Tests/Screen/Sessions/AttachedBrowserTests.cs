using Sallyport.Contracts;
using Sallyport.Gateway.Screen;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>A session's browsers come and go; what they held is let go of at a real X server, which logs what it is told.</summary>
public sealed class AttachedBrowserTests
{
    [Fact]
    public async Task A_browser_hears_that_the_session_is_open_before_it_is_shown_anything()
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200);
        await using var gateway = await ScreenGateway.StartAsync(server.Port);
        await using var first = await gateway.OpenAsync();
        var opened = await first.OpenedAsync();
        for (var times = 0; times < 10; times++)
        {
            await using var browser = await gateway.ResumeAsync(opened);
            opened = await browser.OpenedAsync();
            await Eventually.HoldsAsync("the greeting", () => browser.Types.Contains(ScreenMessages.Rfb));

            var types = browser.Types.ToList();
            Assert.True(types.IndexOf(SessionMessages.Opened) < types.IndexOf(ScreenMessages.Rfb), string.Join(' ', types.Select(t => $"{t:X2}")));
        }
    }

    [Fact]
    public async Task What_one_window_holds_is_let_go_of_when_another_takes_the_session()
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200);
        var input = server.LogInput();
        await using var gateway = await ScreenGateway.StartAsync(server.Port);
        await using var first = await gateway.OpenAsync();
        var opened = await first.OpenedAsync();
        await using var older = await first.FollowAsync();
        await older.UntilAsync(f => f.Events.Count > 0, "a picture");
        await older.Client.SendAsync(ScreenInput.PointerAt(100, 100, 1), CancellationToken.None);
        await older.Client.SendAsync(ScreenInput.Key('a', down: true), CancellationToken.None);
        await Eventually.HoldsAsync("what is pressed", () => input.Contains("ButtonPress") && input.Contains("KeyPress"));

        await using var second = await gateway.ResumeAsync(opened);
        await second.OpenedAsync();

        await Eventually.HoldsAsync("what is let go of", () => input.Contains("ButtonRelease") && input.Contains("KeyRelease"));
        await Eventually.HoldsAsync("the older window's end", () => first.IsClosed);
        Assert.Contains(await gateway.RecordingAsync(opened.SessionId), e => e.Kind == Recording.RecordingEventKind.Marker && System.Text.Encoding.UTF8.GetString(e.Payload).Contains("2 held keys and buttons", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_held_is_let_go_of_when_the_link_drops_and_who_comes_back_sees_the_picture()
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200, options: "-nocursor");
        var input = server.LogInput();
        await using var gateway = await ScreenGateway.StartAsync(server.Port);
        await using var first = await gateway.OpenAsync();
        var opened = await first.OpenedAsync();
        await using (var older = await first.FollowAsync())
        {
            await older.UntilAsync(f => f.Events.Count > 0, "a picture");
            await older.Client.SendAsync(ScreenInput.PointerAt(100, 100, 1), CancellationToken.None);
            await Eventually.HoldsAsync("what is pressed", () => input.Contains("ButtonPress"));
            first.Vanish();
            await Eventually.HoldsAsync("what is let go of", () => input.Contains("ButtonRelease"));
        }

        await using var second = await gateway.ResumeAsync(opened);
        await using var newer = await second.FollowAsync();

        await newer.ShowsAsync(server, "the picture is back");
    }

    [Fact]
    public async Task Control_that_was_not_given_moves_nothing_and_control_that_is_taken_back_lets_go()
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200);
        var input = server.LogInput();
        await using var gateway = await ScreenGateway.StartAsync(server.Port, new ScreenSettings { Control = ScreenControl.AskPlant });
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();
        await follower.UntilAsync(f => f.Events.Count > 0, "a picture");
        await follower.Client.SendAsync(ScreenInput.PointerAt(100, 100, 1), CancellationToken.None);
        await browser.SendAsync([ScreenMessages.AskControl]);
        await browser.HeardAsync<ControlMessage>(ScreenMessages.Control, c => c.Asked);

        gateway.Answer(opened.SessionId, given: true);
        await browser.HeardAsync<ControlMessage>(ScreenMessages.Control, c => c.Held);
        await follower.Client.SendAsync(ScreenInput.PointerAt(99, 99, 1), CancellationToken.None);
        await follower.Client.SendAsync(ScreenInput.PointerAt(99, 99, 0), CancellationToken.None);
        Assert.False(input.Contains("ButtonPress"));
        await follower.Client.SendAsync(ScreenInput.PointerAt(100, 100, 1), CancellationToken.None);
        await Eventually.HoldsAsync("what is pressed", () => input.Contains("ButtonPress"));
        gateway.Answer(opened.SessionId, given: false);

        await Eventually.HoldsAsync("what is let go of", () => input.Contains("ButtonRelease"));
        browser.Messages.Clear();
        gateway.Answer(opened.SessionId, given: true);
        await browser.HeardAsync<ControlMessage>(ScreenMessages.Control, c => c.Held);

        // The finger was down all the time: that is no new press.
        await follower.Client.SendAsync(ScreenInput.PointerAt(101, 101, 1), CancellationToken.None);
        await follower.Client.SendAsync(ScreenInput.PointerAt(101, 101, 0), CancellationToken.None);
        await follower.Client.SendAsync(ScreenInput.Key('b', down: true), CancellationToken.None);
        await Eventually.HoldsAsync("the next key", () => input.Contains("KeyPress"));
        Assert.Equal(1, input.Count("ButtonPress"));
    }
}
