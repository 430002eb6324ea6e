using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Tests.Screen;

public sealed class RecordTests
{
    private readonly ScreenPlayback _playback = new();
    private readonly List<ScreenRect> _damage = [];

    [Fact]
    public void A_keyframe_and_updates_show_every_pixel_again()
    {
        var screen = new ScreenShadow(333, 222);
        using var subscription = screen.Subscribe();
        var random = new Random(1);
        screen.PaintBlock(new ScreenRect(0, 0, 333, 222), Pictures.Panel(333, 222));
        screen.Publish();
        subscription.Take(_damage);
        Play(ScreenRecord.KeyframeOf(screen.Frame));
        AssertShows(screen.Frame);
        for (var i = 0; i < 50; i++)
        {
            var area = new ScreenRect(random.Next(300), random.Next(200), 1 + random.Next(30), 1 + random.Next(20));
            screen.Fill(area, ScreenFrame.Opaque | (uint)random.Next(0x1000000));
            screen.Publish();
            subscription.Take(_damage);

            Play(ScreenRecord.UpdateOf(screen.Frame, _damage));

            AssertShows(screen.Frame);
        }
    }

    [Fact]
    public void A_large_screen_comes_in_payloads_of_bounded_size_and_is_whole_after_the_last()
    {
        var screen = new ScreenShadow(2500, 1700);
        screen.PaintBlock(new ScreenRect(0, 0, 2500, 1700), Pictures.Panel(2500, 1700));
        var payloads = ScreenRecord.KeyframeOf(screen.Frame).ToList();

        Assert.True(payloads.Count > 1);
        Assert.All(payloads, p => Assert.True(p.Length < 1024 * 1024));
        foreach (var payload in payloads)
        {
            Assert.False(_playback.IsWhole);
            _playback.Apply(payload);
        }

        Assert.True(_playback.IsWhole);
        AssertShows(screen.Frame);
    }

    [Fact]
    public void A_new_size_begins_with_a_keyframe()
    {
        var screen = new ScreenShadow(64, 64);
        Play(ScreenRecord.KeyframeOf(screen.Frame));
        screen.Resize(100, 80);

        Assert.Throws<InvalidDataException>(() => Play(ScreenRecord.UpdateOf(screen.Frame, [new ScreenRect(0, 0, 100, 80)])));

        Play(ScreenRecord.KeyframeOf(screen.Frame));
        AssertShows(screen.Frame);
    }

    [Fact]
    public void A_cursor_comes_back()
    {
        var cursor = new ScreenCursor(1, 2, 3, 4, Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? 0xFF102030 + (uint)i : 0).ToArray());

        _playback.Apply(ScreenRecord.CursorOf(cursor));

        Assert.Equal((1, 2, 3, 4), (_playback.Cursor!.HotX, _playback.Cursor.HotY, _playback.Cursor.Width, _playback.Cursor.Height));
        Assert.Equal(cursor.Pixels.ToArray(), _playback.Cursor.Pixels.ToArray());
    }

    [Fact]
    public void A_clock_on_a_still_screen_takes_little()
    {
        var screen = new ScreenShadow(1280, 800);
        screen.PaintBlock(new ScreenRect(600, 10, 80, 16), Pictures.Panel(80, 16));
        using var subscription = screen.Subscribe();
        subscription.Take(_damage);
        screen.Fill(new ScreenRect(640, 12, 8, 12), ScreenFrame.Opaque | 0xFFFFFF);
        screen.Publish();
        subscription.Take(_damage);

        Assert.True(ScreenRecord.UpdateOf(screen.Frame, _damage).Sum(p => p.Length) < 2000);
    }

    [Fact]
    public void Spoilt_payloads_are_called_so()
    {
        var screen = new ScreenShadow(64, 64);
        screen.PaintBlock(new ScreenRect(0, 0, 64, 64), Pictures.Panel(64, 64));
        var payload = ScreenRecord.KeyframeOf(screen.Frame).Single();
        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            var spoilt = random.Next(3) == 0 ? payload[..random.Next(payload.Length)] : payload.ToArray();
            for (var times = random.Next(4); times > 0 && spoilt.Length > 0; times--)
            {
                spoilt[random.Next(2) == 0 ? random.Next(spoilt.Length) : random.Next(Math.Min(20, spoilt.Length))] = (byte)random.Next(256);
            }

            try
            {
                new ScreenPlayback().Apply(spoilt);
            }
            catch (InvalidDataException)
            {
                // Nothing else may come out of it.
            }
        }
    }

    private void Play(IEnumerable<byte[]> payloads)
    {
        foreach (var payload in payloads)
        {
            _playback.Apply(payload);
        }
    }

    private void AssertShows(ScreenFrame frame)
    {
        Assert.True(_playback.IsWhole);
        Assert.Equal((frame.Width, frame.Height), (_playback.Frame!.Width, _playback.Frame.Height));
        Assert.True(frame.Pixels.AsSpan().SequenceEqual(_playback.Frame.Pixels));
    }
}
