using Sallyport.Contracts;
using Sallyport.Gateway.Screen;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>A panel whose connection lives, and whose VNC server answers nothing any more; and one that is merely still.</summary>
public sealed class HungPanelTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    public async Task A_server_that_answers_nothing_any_more_ends_the_session_with_a_reason(int freshSeconds)
    {
        await using var panel = new FakePanel(async c =>
        {
            await c.GreetAsync();
            await c.HearRequestAsync();
            await c.SayAsync(Picture);
            await c.ListenAsync();
        });
        await using var gateway = await ScreenGateway.StartAsync(panel.Port, new ScreenSettings { FreshSeconds = freshSeconds }, time: new QuickTime());
        await using var browser = await gateway.OpenAsync();
        await browser.OpenedAsync();

        var ended = await browser.HeardAsync<EndedMessage>(SessionMessages.Ended);

        Assert.Equal(SessionEndReason.AssetLost, ended.Reason);
        Assert.Contains("hangs", ended.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    public async Task A_panel_that_is_merely_still_goes_on(int freshSeconds)
    {
        var answered = 0;
        var time = new QuickTime();
        await using var panel = new FakePanel(async c =>
        {
            await c.GreetAsync();
            await c.HearRequestAsync();
            await c.SayAsync(Picture);
            while (true)
            {
                // Only what is asked for whether it has changed or not.
                var (incremental, width) = await c.HearUpdateRequestAsync();
                if (!incremental)
                {
                    Assert.Equal(1, width);
                    await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, 1, 1, RfbEncoding.Raw, 0, 0, 255, 0)));
                    Interlocked.Increment(ref answered);
                }
            }
        });
        await using var gateway = await ScreenGateway.StartAsync(panel.Port, new ScreenSettings { FreshSeconds = freshSeconds }, time: time);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();

        var began = time.GetTimestamp();
        await Eventually.HoldsAsync("probes for long enough", () => time.GetElapsedTime(began) > 3 * HangDetector.Longest && Volatile.Read(ref answered) >= 3);

        Assert.Null(gateway.Find(opened.SessionId)!.Ended);
    }

    private static byte[] Picture => Rfb.Update(Rfb.Rectangle(0, 0, 64, 48, RfbEncoding.Rre, 0, 0, 0, 0, 0, 0, 255, 0));

    /// <summary>Twenty seconds pass in one; timers and the time of day are the real ones.</summary>
    private sealed class QuickTime : TimeProvider
    {
        public override long TimestampFrequency => base.TimestampFrequency / 20;
    }
}
