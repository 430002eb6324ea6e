using System.Text;
using Sallyport.Contracts;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>Text between the browser and the clipboard of a real X server, which xclip reads and writes: only the way that the service allows.</summary>
public sealed class ClipboardTests
{
    // Neither is in Latin-1.
    private const string Typed = "Füllstand 7,5 m³ — Уровень 液位 🔧";
    private const string Copied = "Störung: Pumpe läuft → насос работает, ポンプ";

    // Long enough for what does pass. Text is offered, asked for and sent, so nothing that comes after it says that it would have been there.
    private static readonly TimeSpan Leak = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(ClipboardPolicy.Off, false, false)]
    [InlineData(ClipboardPolicy.ToAsset, true, false)]
    [InlineData(ClipboardPolicy.FromAsset, false, true)]
    [InlineData(ClipboardPolicy.Both, true, true)]
    public async Task Text_passes_only_the_allowed_way_and_what_passes_is_recorded(ClipboardPolicy policy, bool toAsset, bool fromAsset)
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200);
        await using var gateway = await ScreenGateway.StartAsync(server.Port, new ScreenSettings { Clipboard = policy });
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();
        await follower.UntilAsync(f => f.Events.Count > 0, "a picture");

        await follower.Client.SendTextAsync(Typed, CancellationToken.None);
        if (toAsset)
        {
            await Eventually.HoldsAsync("the text at the asset", async () => await server.ClipboardAsync() == Typed);
        }
        else
        {
            await Task.Delay(Leak);
            Assert.NotEqual(Typed, await server.ClipboardAsync());
        }

        await server.CopyAsync(Copied);
        if (fromAsset)
        {
            await follower.UntilAsync(f => Heard(f).Contains(Copied), "the text at the browser");
        }
        else
        {
            await Task.Delay(Leak);
            Assert.Empty(Heard(follower));
        }

        var recorded = (await gateway.RecordingAsync(opened.SessionId)).Where(e => e.Kind == RecordingEventKind.Input).Select(e => e.Payload).ToList();
        Assert.Equal(toAsset, recorded.Any(p => p[0] == 3 && Encoding.UTF8.GetString(p.AsSpan(1)) == Typed));
        Assert.Equal(fromAsset, recorded.Any(p => p[0] == 4 && Encoding.UTF8.GetString(p.AsSpan(1)) == Copied));
    }

    [Fact]
    public async Task Who_may_only_look_pastes_nothing()
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200);
        await using var gateway = await ScreenGateway.StartAsync(server.Port, new ScreenSettings { Clipboard = ClipboardPolicy.Both, Control = ScreenControl.Never });
        await using var browser = await gateway.OpenAsync();
        await browser.OpenedAsync();
        await using var follower = await browser.FollowAsync();
        await follower.UntilAsync(f => f.Events.Count > 0, "a picture");
        await server.CopyAsync(Copied);
        await follower.UntilAsync(f => Heard(f).Contains(Copied), "the text at the browser");

        await follower.Client.SendTextAsync(Typed, CancellationToken.None);

        await Task.Delay(Leak);
        Assert.Equal(Copied, await server.ClipboardAsync());
    }

    private static List<string?> Heard(Follower follower)
    {
        lock (follower.Events)
        {
            return [.. follower.Events.Where(e => e.Kind == RfbEventKind.CutText).Select(e => e.Text)];
        }
    }
}
