using Sallyport.Contracts;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>Whole sessions with panels that are odder than desktops (how the client alone takes them: <see cref="PanelTests"/>).</summary>
public sealed class OddPanelTests
{
    private const uint Red = 0xFFFF0000;

    [Fact]
    public async Task An_old_panel_of_8_bits_that_dies_when_asked_for_other_pixels_is_shown_while_the_service_keeps_its_own()
    {
        await using var panel = new FakePanel(OldPanelAsync);
        await using var gateway = await ScreenGateway.StartAsync(panel.Port, new ScreenSettings { KeepPixelFormat = true });
        await using var browser = await gateway.OpenAsync();
        await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();

        await SeesRedAsync(follower);
    }

    [Fact]
    public async Task Who_opens_a_panel_that_dies_at_once_is_told()
    {
        await using var panel = new FakePanel(OldPanelAsync);
        await using var gateway = await ScreenGateway.StartAsync(panel.Port);
        await using var browser = await gateway.OpenAsync();

        var ended = await browser.HeardAsync<EndedMessage>(SessionMessages.Ended);
        Assert.Equal((SessionEndReason.AssetLost, "The connection was closed during the session."), (ended.Reason, ended.Message));
    }

    [Fact]
    public async Task A_panel_that_serves_one_client_is_watched_over_the_one_connection_and_a_second_session_is_told_why_not()
    {
        var clients = 0;
        await using var panel = new FakePanel(
            async c =>
            {
                if (Interlocked.Increment(ref clients) > 1)
                {
                    // As such panels do: not a word.
                    return;
                }

                await c.GreetAsync();
                while (true)
                {
                    await c.HearRequestAsync();
                    await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, 64, 48, RfbEncoding.Rre, 0, 0, 0, 0, 0, 0, 255, 0)));
                }
            },
            together: true);
        await using var gateway = await ScreenGateway.StartAsync(panel.Port);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();
        await using var watcher = await gateway.WatchAsync(opened.SessionId);
        await using var watching = await watcher.FollowAsync();
        await SeesRedAsync(follower);
        await SeesRedAsync(watching);
        Assert.Equal(1, Volatile.Read(ref clients));

        await using var second = await gateway.OpenAsync();

        var refused = await second.HeardAsync<RefusedMessage>(SessionMessages.Refused);
        Assert.Contains("one client", refused.Message, StringComparison.Ordinal);
        Assert.Null(gateway.Find(opened.SessionId)!.Ended);
    }

    private static Task SeesRedAsync(Follower follower) => follower.UntilAsync(f => !f.Client.Screen.Frame.Pixels.AsSpan().ContainsAnyExcept(Red), "a red screen");

    // RFB 3.3, no password, 3-3-2.
    private static async Task OldPanelAsync(Conversation c)
    {
        await c.SayAsync("RFB 003.003\n");
        await c.HearAsync(12);
        await c.SayAsync(0, 0, 0, 1);
        await c.DescribeAsync(64, 48, new PixelFormat(8, 8, false, true, 7, 7, 3, 5, 2, 0), "VC Project 'Visu'");
        while (!(await c.HearRequestAsync()).Contains((byte)0))
        {
            await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, 64, 48, RfbEncoding.Raw, [.. Enumerable.Repeat((byte)0b111_000_00, 64 * 48)])));
        }
    }
}
