using System.Buffers.Binary;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Gateway.Screen.Rfb.Viewers;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>What a viewer is shown is what the shadow has: seen by TigerVNC's viewer, and by our own client in odd formats.</summary>
public sealed class ViewerTests
{
    private readonly ScreenShadow _screen = new(640, 400);

    public static TheoryData<string, int[], PixelFormat?> Viewers => new()
    {
        { "raw", [], null },
        { "ZRLE", [RfbEncoding.Zrle], null },
        { "a browser's format", [RfbEncoding.Zrle], PixelFormat.Bgrx with { RedShift = 0, BlueShift = 16 } },
        { "big-endian", [RfbEncoding.Zrle], PixelFormat.Bgrx with { BigEndian = true } },
        { "high bytes", [RfbEncoding.Zrle], PixelFormat.Bgrx with { RedShift = 24, GreenShift = 16, BlueShift = 8 } },
        { "high bytes, big-endian", [RfbEncoding.Zrle], PixelFormat.Bgrx with { RedShift = 24, GreenShift = 16, BlueShift = 8, BigEndian = true } },
        { "raw, big-endian", [], PixelFormat.Bgrx with { BigEndian = true } },
    };

    [Theory]
    [MemberData(nameof(Viewers))]
    public async Task Each_format_shows_every_pixel(string name, int[] encodings, PixelFormat? format)
    {
        _screen.PaintBlock(new ScreenRect(0, 0, 640, 400), Pictures.Panel(640, 400));
        await using var host = new ViewerHost(_screen);
        await using var follower = await Follower.ConnectAsync(await host.ConnectAsync(), new RfbClientOptions { Encodings = encodings, AskedFormat = format });

        await follower.UntilAsync(Shows, name);

        Assert.Equal("Filler panel", follower.Client.Name);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    public async Task Fewer_colours_are_the_nearest_ones(byte bits)
    {
        var format = bits == 8 ? PixelFormat.Bgr233 : PixelFormat.Rgb565 with { BigEndian = true };
        _screen.PaintBlock(new ScreenRect(0, 0, 640, 400), Pictures.Panel(640, 400));
        await using var host = new ViewerHost(_screen);
        var (red, green, blue) = (255.0 / format.RedMax, 255.0 / format.GreenMax, 255.0 / format.BlueMax);
        foreach (var encoding in new[] { RfbEncoding.Raw, RfbEncoding.Zrle })
        {
            await using var follower = await Follower.ConnectAsync(await host.ConnectAsync(), new RfbClientOptions { Encodings = [encoding], AskedFormat = format });

            await follower.UntilAsync(f => _screen.Frame.Pixels.Zip(f.Client.Screen.Frame.Pixels).All(p => Near(p.First, p.Second)), $"encoding {encoding}");
        }

        bool Near(uint a, uint b) =>
            Math.Abs((int)(a >> 16 & 255) - (int)(b >> 16 & 255)) <= red / 2 + 1
            && Math.Abs((int)(a >> 8 & 255) - (int)(b >> 8 & 255)) <= green / 2 + 1
            && Math.Abs((int)(a & 255) - (int)(b & 255)) <= blue / 2 + 1;
    }

    [Fact]
    public async Task Changes_sizes_and_cursors_are_followed()
    {
        await using var host = new ViewerHost(_screen);
        await using var follower = await Follower.ConnectAsync(await host.ConnectAsync());
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            _screen.Fill(new ScreenRect(random.Next(600), random.Next(300), 1 + random.Next(40), 1 + random.Next(40)), ScreenFrame.Opaque | (uint)random.Next(0x1000000));
            _screen.Publish();
            if (i % 100 == 50)
            {
                _screen.Resize(640 + i, 400);
                _screen.SetCursor(new ScreenCursor(1, 1, 3, 3, Enumerable.Range(0, 9).Select(p => p % 2 == 0 ? 0xFF000000 + (uint)i : 0).ToArray()));
            }

            await Task.Delay(2);
        }

        await follower.UntilAsync(Shows, "the last picture");

        Assert.Equal(_screen.Cursor!.Pixels.ToArray(), follower.Client.Screen.Cursor!.Pixels.ToArray());
    }

    [Fact]
    public async Task TigerVNCs_viewer_shows_it_and_its_input_comes_back()
    {
        _screen.PaintBlock(new ScreenRect(0, 0, 640, 400), Pictures.Panel(640, 400));
        await using var host = new ViewerHost(_screen);
        await using var desktop = await XServer.StartXvfbAsync(800, 500, 24);
        desktop.Start("xtigervncviewer", "-geometry", "640x400+0+0", "-MenuKey=", "-ReconnectOnError=0", "-PreferredEncoding=ZRLE", $"127.0.0.1::{host.Port}");

        var (left, top) = await EventuallyShowsAsync(desktop, "the first picture");

        _screen.PaintBlock(new ScreenRect(100, 100, 333, 222), Pictures.Panel(333, 222));
        _screen.Publish();
        await EventuallyShowsAsync(desktop, "a change");
        await desktop.RunAsync("xdotool", "mousemove", $"{left + 123}", $"{top + 45}", "click", "1", "search", "--name", "Filler panel", "windowfocus", "--sync", "key", "a");
        await Eventually.HoldsAsync("a click", () => host.Events.Contains(new(ScreenInput.PointerAt(123, 45, 1), null)));
        await Eventually.HoldsAsync("a key", () => host.Events.Contains(new(ScreenInput.Key('a', down: true), null)));
        Assert.Contains(host.Events, e => e.Input == ScreenInput.PointerAt(123, 45, 0));

        // It knows fences, so every picture is confirmed.
        await Eventually.HoldsAsync("a confirmation", () => host.Viewer!.Unconfirmed is null);
    }

    [Fact]
    public async Task Low_colour_takes_less_and_full_colour_comes_back()
    {
        var random = new Random(1);
        _screen.PaintBlock(new ScreenRect(0, 0, 640, 400), [.. Enumerable.Range(0, 640 * 400).Select(i => ScreenFrame.Opaque | (uint)(0x808080 + random.Next(16)))]);
        _screen.Publish();
        await using var host = new ViewerHost(_screen);
        await using var follower = await Follower.ConnectAsync(await host.ConnectAsync());
        await follower.UntilAsync(Shows, "full colour");
        var full = follower.Client.Received;

        host.Viewer!.Use(ViewerColours.Low);
        var stays = _screen.Frame.Pixels[0];
        _screen.PaintBlock(new ScreenRect(16, 0, 624, 400), [.. Enumerable.Range(0, 624 * 400).Select(i => ScreenFrame.Opaque | (uint)(0x808080 + random.Next(16)))]);
        _screen.Publish();

        await follower.UntilAsync(f => Enumerable.Range(0, 400).All(y => !f.Client.Screen.Frame.Row(y)[16..].ContainsAnyExcept(0xFF929292)), "low colour");
        Assert.True(host.Viewer.IsReduced);
        Assert.Equal(stays, follower.Client.Screen.Frame.Pixels[0]);
        Assert.True(follower.Client.Received - full < full / 10);
        host.Viewer.Use(ViewerColours.Automatic);
        await follower.UntilAsync(Shows, "full colour again");
        await follower.UntilAsync(_ => !host.Viewer.IsReduced, "nothing left to restore");
    }

    [Fact]
    public async Task A_viewer_that_does_not_read_gets_the_newest_state_when_it_does()
    {
        await using var host = new ViewerHost(_screen);
        var stream = await host.ConnectAsync();
        await using var client = await RfbClient.ConnectAsync(stream, new RfbClientOptions { Encodings = [] }, TimeProvider.System, CancellationToken.None);
        await client.ReadAsync(CancellationToken.None);
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            // Raw pixels of 200 screens are 200 MB; nothing holds them.
            _screen.Fill(new ScreenRect(0, 0, 640, 400), ScreenFrame.Opaque | (uint)random.Next(0x1000000));
            _screen.Publish();
            await Task.Delay(1);
        }

        for (var reads = 0; !client.Screen.Frame.Pixels.AsSpan().SequenceEqual(_screen.Frame.Pixels); reads++)
        {
            Assert.True(reads < 30, "Old pictures were queued.");
            await client.ReadAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task With_fences_updates_come_without_requests_until_too_much_is_unconfirmed()
    {
        await using var host = new ViewerHost(_screen);
        await using var stream = await host.ConnectAsync();
        var viewer = new Conversation(stream, CancellationToken.None);
        await viewer.HearAsync(12);
        await viewer.SayAsync("RFB 003.008\n");
        await viewer.HearAsync(2);
        await viewer.SayAsync(1);
        await viewer.HearAsync(4);
        await viewer.SayAsync(1);
        await viewer.HearAsync(24 + "Filler panel".Length);
        await viewer.SayAsync([2, 0, 0, 2, .. Rfb.U32(unchecked((uint)RfbEncoding.Fence)), .. Rfb.U32(unchecked((uint)RfbEncoding.ContinuousUpdates))]);
        Assert.Equal([150], await viewer.HearAsync(1));
        await viewer.SayAsync([150, 1, 0, 0, 0, 0, .. Rfb.U16(640), .. Rfb.U16(400)]);
        var fences = new List<byte[]>();

        // Raw parts of 160 KiB: the first window has room for one, and each answer makes room for more.
        for (var bytes = 0; bytes < 640 * 400 * 4;)
        {
            bytes += await HearUpdateAsync(viewer);
            fences.Add(await viewer.HearAsync(17));
            Assert.Equal([248, 0, 0, 0, 0x80, 0, 0, 1, 8], fences[^1][..9]);
            if (bytes < 640 * 400 * 4)
            {
                await Task.Delay(100);
                Assert.NotNull(host.Viewer!.Unconfirmed);
                await viewer.SayAsync([248, 0, 0, 0, 0, 0, 0, 1, 8, .. fences[^1][9..]]);
            }
        }

        Assert.InRange(fences.Count, 2, 7);
        await viewer.SayAsync([248, 0, 0, 0, 0, 0, 0, 1, 8, .. fences[^1][9..]]);
        await Eventually.HoldsAsync("a confirmation", () => host.Viewer!.Unconfirmed is null);
    }

    [Fact]
    public async Task What_browsers_say_besides_is_taken_and_means_nothing()
    {
        await using var host = new ViewerHost(_screen);
        await using var client = await RfbClient.ConnectAsync(await host.ConnectAsync(), new RfbClientOptions { Encodings = [RfbEncoding.Zrle] }, TimeProvider.System, CancellationToken.None);
        await using var stream = await host.ConnectAsync();
        await client.DisposeAsync();
        var viewer = new Conversation(stream, CancellationToken.None);
        await viewer.HearAsync(12);
        await viewer.SayAsync("RFB 003.008\n");
        await viewer.HearAsync(2);
        await viewer.SayAsync(1);
        await viewer.HearAsync(4);
        await viewer.SayAsync(1);
        await viewer.HearAsync(24 + "Filler panel".Length);
        await viewer.SayAsync(250, 0, 1, 2);
        await viewer.SayAsync([6, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFC, 1, 0, 0, 1]);
        await viewer.SayAsync([255, 0, 0, 1, .. Rfb.U32('q'), 0, 0, 0, 16]);
        await viewer.SayAsync([6, 0, 0, 0, 0, 0, 0, 3, (byte)'a', 0xE9, (byte)'b']);
        await viewer.SayAsync([248, 0, 0, 0, 0x80, 0, 0, 7, 2, 42, 43]);
        Assert.Equal([248, 0, 0, 0, 0, 0, 0, 3, 2, 42, 43], await viewer.HearAsync(11));
        await viewer.SayAsync([251, 0, .. Rfb.U16(100), .. Rfb.U16(100), 1, 0, .. new byte[16]]);
        Assert.Equal(Rfb.Update([.. Rfb.Rectangle(1, 1, 640, 400, RfbEncoding.ExtendedDesktopSize, 1, 0, 0, 0), .. new byte[8], .. Rfb.U16(640), .. Rfb.U16(400), 0, 0, 0, 0]), await viewer.HearAsync(36));
        await Eventually.HoldsAsync("a key and a text", () => host.Events.Count == 2);
        Assert.Equal([new(ScreenInput.Key('q', down: true), null), new(default, "aéb")], host.Events);
    }

    private static async Task<int> HearUpdateAsync(Conversation viewer)
    {
        var head = await viewer.HearAsync(4);
        Assert.Equal(0, head[0]);
        var bytes = 0;
        for (var count = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)); count > 0; count--)
        {
            var area = await viewer.HearAsync(12);
            bytes += (await viewer.HearAsync(BinaryPrimitives.ReadUInt16BigEndian(area.AsSpan(4)) * BinaryPrimitives.ReadUInt16BigEndian(area.AsSpan(6)) * 4)).Length;
        }

        return bytes;
    }

    private bool Shows(Follower follower) =>
        (_screen.Frame.Width, _screen.Frame.Height) == (follower.Client.Screen.Frame.Width, follower.Client.Screen.Frame.Height)
        && _screen.Frame.Pixels.AsSpan().SequenceEqual(follower.Client.Screen.Frame.Pixels);

    // Where on the desktop the picture is: without a window manager, the viewer puts it a few pixels off.
    private async Task<(int Left, int Top)> EventuallyShowsAsync(XServer desktop, string because)
    {
        for (var end = DateTime.UtcNow.AddSeconds(20); ; await Task.Delay(100))
        {
            var (width, height, pixels) = await desktop.ScreenshotAsync();
            for (var top = 0; top <= height - 400; top++)
            {
                for (var left = 0; left <= width - 640; left++)
                {
                    if (Enumerable.Range(0, 400).All(y => pixels.AsSpan(((top + y) * width) + left, 640).SequenceEqual(_screen.Frame.Row(y))))
                    {
                        return (left, top);
                    }
                }
            }

            Assert.True(DateTime.UtcNow < end, because);
        }
    }
}
