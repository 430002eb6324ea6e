using System.Collections.Concurrent;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Screen;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>A panel with a view password of 7 and a control password of 8 characters, which serves one client at a time.</summary>
public sealed class TwoPasswordsTests : IAsyncDisposable
{
    private const string View = "1234567";
    private const string Work = "12345678";
    private static readonly byte[] Challenge = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    private readonly ConcurrentQueue<string> _log = new();
    private readonly FakePanel _panel;
    private byte _shade;
    private volatile bool _workIsRefused;

    public TwoPasswordsTests() => _panel = new FakePanel(ServeAsync);

    public ValueTask DisposeAsync() => _panel.DisposeAsync();

    [Theory]
    [InlineData(ScreenControl.Never, "signed in to look")]
    [InlineData(ScreenControl.AskPlant, "signed in to look")]
    [InlineData(ScreenControl.Immediate, "signed in to work")]
    public async Task Who_has_no_control_is_signed_in_with_the_view_password(ScreenControl control, string expected)
    {
        await using var gateway = await StartAsync(control);
        await using var browser = await gateway.OpenAsync();
        await browser.OpenedAsync();

        Assert.Equal([expected], _log);
    }

    [Fact]
    public async Task Control_that_is_given_signs_in_to_work_and_its_end_signs_in_to_look_while_the_picture_goes_on()
    {
        await using var gateway = await StartAsync(ScreenControl.AskPlant);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();
        await SeesAsync(follower, 1);
        await browser.SendAsync([ScreenMessages.AskControl]);
        await browser.HeardAsync<ControlMessage>(ScreenMessages.Control, c => c.Asked);
        gateway.Answer(opened.SessionId, given: true);
        await browser.HeardAsync<ControlMessage>(ScreenMessages.Control, c => c.Held);
        await SeesAsync(follower, 2);
        await follower.Client.SendAsync(ScreenInput.Key('a', down: true), CancellationToken.None);
        await ScreenGateway.UntilAsync(() => _log.Contains("key down"), "the key");

        gateway.Answer(opened.SessionId, given: false);

        await SeesAsync(follower, 3);
        Assert.Equal(["signed in to look", "signed in to work", "key down", "key up", "signed in to look"], _log);
        Assert.Null(gateway.Find(opened.SessionId)!.Ended);
    }

    [Fact]
    public async Task A_control_password_that_the_panel_refuses_is_said_and_the_session_goes_on_to_look()
    {
        _workIsRefused = true;
        await using var gateway = await StartAsync(ScreenControl.AskPlant);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();
        await SeesAsync(follower, 1);

        gateway.Answer(opened.SessionId, given: true);

        var notice = await browser.HeardAsync<NoticeMessage>(SessionMessages.Notice, n => n.Kind == "control");
        Assert.Contains("the asset refused", notice.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Work, notice.Message, StringComparison.Ordinal);
        await SeesAsync(follower, 2);
        Assert.False((await browser.HeardAsync<ControlMessage>(ScreenMessages.Control)).Held);
        await ScreenGateway.UntilAsync(() => gateway.Reports.Any(r => r.Route == GatewayRoutes.Control && r.Body.Contains("false", StringComparison.Ordinal)), "the portal's news");
        Assert.Equal(["signed in to look", "refused", "signed in to look"], _log);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_answers_at_once_the_newest_holds_at_the_panel_too(bool given)
    {
        await using var gateway = await StartAsync(ScreenControl.AskPlant);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();
        await SeesAsync(follower, 1);
        for (var i = 0; i < 5; i++)
        {
            gateway.Answer(opened.SessionId, !given);
            gateway.Answer(opened.SessionId, given);
        }

        // All five that took it are through, and what was said last is the newest answer, to the page and to the panel.
        await ScreenGateway.UntilAsync(
            () => Said<NoticeMessage>(SessionMessages.Notice).Count(n => n.Message.Contains("did not give", StringComparison.Ordinal)) == 5
                && Said<ControlMessage>(ScreenMessages.Control).Last().Held == given
                && _log.Last() == (given ? "signed in to work" : "signed in to look"),
            "the last answer");
        if (given)
        {
            for (var key = 'a'; !_log.Contains("key down"); key++)
            {
                await follower.Client.SendAsync(ScreenInput.Key(key, down: true), CancellationToken.None);
                await Task.Delay(50);
            }
        }
        else
        {
            await follower.Client.SendAsync(ScreenInput.Key('a', down: true), CancellationToken.None);
            await browser.SendAsync([ScreenMessages.AskControl]);
            await browser.HeardAsync<ControlMessage>(ScreenMessages.Control, c => c.Asked);
            Assert.DoesNotContain("key down", _log);
        }

        IEnumerable<T> Said<T>(byte type)
            where T : class => browser.Messages.Where(m => m.Type == type).Select(m => SessionMessages.Read<T>(m.Body)!);
    }

    [Fact]
    public async Task Control_that_is_given_twice_and_refused_by_the_panel_is_not_held()
    {
        _workIsRefused = true;
        await using var gateway = await StartAsync(ScreenControl.AskPlant);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();
        await SeesAsync(follower, 1);

        gateway.Answer(opened.SessionId, given: true);
        gateway.Answer(opened.SessionId, given: true);

        var notice = await browser.HeardAsync<NoticeMessage>(SessionMessages.Notice, n => n.Kind == "control");
        Assert.Contains("the asset refused", notice.Message, StringComparison.Ordinal);
        Assert.False((await browser.HeardAsync<ControlMessage>(ScreenMessages.Control)).Held);
    }

    private Task<ScreenGateway> StartAsync(ScreenControl control) =>
        ScreenGateway.StartAsync(_panel.Port, new ScreenSettings { Control = control, ViewPassword = true }, new AssetCredential("", Work, null, View));

    // Each connection has a shade of its own.
    private static Task SeesAsync(Follower follower, byte shade) =>
        follower.UntilAsync(f => !f.Client.Screen.Frame.Pixels.AsSpan().ContainsAnyExcept(0xFF000000 | shade), $"shade {shade}");

    private async Task ServeAsync(Conversation c)
    {
        await c.SayAsync("RFB 003.008\n");
        await c.HearAsync(12);
        await c.SayAsync(1, 2);
        await c.HearAsync(1);
        await c.SayAsync(Challenge);
        var answer = await c.HearAsync(16);
        var works = answer.SequenceEqual(VncAuthentication.Response(Work, Challenge));
        if ((works && _workIsRefused) || (!works && !answer.SequenceEqual(VncAuthentication.Response(View, Challenge))))
        {
            _log.Enqueue("refused");
            await c.SayAsync([0, 0, 0, 1, 0, 0, 0, 2, .. "no"u8]);
            return;
        }

        _log.Enqueue(works ? "signed in to work" : "signed in to look");
        await c.SayAsync(0, 0, 0, 0);
        await c.DescribeAsync(64, 48, PixelFormat.Bgrx, "Panel");
        var shade = ++_shade;
        while (true)
        {
            await c.HearRequestAsync(key: down => _log.Enqueue(down ? "key down" : "key up"));
            await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, 64, 48, RfbEncoding.Rre, 0, 0, 0, 0, shade, 0, 0, 0)));
        }
    }
}
