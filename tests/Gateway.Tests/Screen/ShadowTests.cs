using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Tests.Screen;

public sealed class ShadowTests
{
    private readonly List<ScreenRect> _damage = [];

    [Fact]
    public void Damage_covers_what_was_marked_once_and_stays_inside()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var (width, height) = (1 + random.Next(2500), 1 + random.Next(300));
            var map = new DamageMap(width, height);
            List<ScreenRect> marked = [];
            for (var i = random.Next(12); i > 0; i--)
            {
                var (x, y) = (random.Next(width), random.Next(height));
                marked.Add(new ScreenRect(x, y, 1 + random.Next(width - x), 1 + random.Next(Math.Min(60, height - y))));
                map.Mark(marked[^1]);
            }

            List<ScreenRect> rectangles = [];
            map.AddRectanglesTo(rectangles);

            var painted = new byte[width * height];
            foreach (var area in rectangles)
            {
                Assert.True(area is { X: >= 0, Y: >= 0, Width: > 0, Height: > 0 } && area.Right <= width && area.Bottom <= height);
                for (var y = area.Y; y < area.Bottom; y++)
                {
                    for (var x = area.X; x < area.Right; x++)
                    {
                        painted[(y * width) + x]++;
                    }
                }
            }

            Assert.DoesNotContain(painted, p => p > 1);
            Assert.All(marked, area =>
            {
                for (var y = area.Y; y < area.Bottom; y++)
                {
                    Assert.False(painted.AsSpan((y * width) + area.X, area.Width).Contains((byte)0));
                }
            });
            Assert.Equal(marked.Count == 0, map.IsEmpty);
            rectangles.ForEach(map.Unmark);
            Assert.True(map.IsEmpty);
        }
    }

    [Fact]
    public void A_subscriber_that_does_not_look_learns_of_a_union()
    {
        var screen = new ScreenShadow(640, 480);
        using var subscription = screen.Subscribe();
        subscription.Take(_damage);
        Assert.Equal([new ScreenRect(0, 0, 640, 480)], _damage);
        for (var i = 0; i < 10_000; i++)
        {
            screen.Fill(new ScreenRect(20, 20, 5, 5), ScreenFrame.Opaque | (uint)i);
            screen.Fill(new ScreenRect(100, 30, 5, 5), ScreenFrame.Opaque | (uint)i);
            screen.Publish();
        }

        var change = subscription.Take(_damage);

        Assert.Equal([new ScreenRect(16, 16, 16, 16), new ScreenRect(96, 16, 16, 32)], _damage);
        Assert.False(change.Resized);
        subscription.Take(_damage);
        Assert.Empty(_damage);
    }

    [Fact]
    public async Task News_wake_a_subscriber_and_no_news_do_not()
    {
        var screen = new ScreenShadow(64, 64);
        using var subscription = screen.Subscribe();
        subscription.Take(_damage);
        var waiting = subscription.WaitAsync(CancellationToken.None);
        screen.Fill(new ScreenRect(0, 0, 64, 64), ScreenFrame.Opaque);
        Assert.False(screen.Publish());
        Assert.False(waiting.IsCompleted);
        screen.Fill(new ScreenRect(0, 0, 1, 1), ScreenFrame.Opaque | 1);

        Assert.True(screen.Publish());

        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(0, 0, 10, 7)]
    [InlineData(10, 7, 0, 0)]
    [InlineData(3, 5, 3, 9)]
    [InlineData(3, 9, 3, 5)]
    [InlineData(3, 5, 9, 5)]
    [InlineData(9, 5, 3, 5)]
    public void Overlapping_areas_are_copied_as_if_through_a_buffer(int fromX, int fromY, int x, int y)
    {
        var screen = new ScreenShadow(60, 50);
        screen.PaintBlock(new ScreenRect(0, 0, 60, 50), Pictures.Panel(60, 50));
        var expected = new uint[30 * 20];
        screen.Frame.Copy(new ScreenRect(fromX, fromY, 30, 20), expected);

        screen.Copy(new ScreenRect(x, y, 30, 20), fromX, fromY);

        var copied = new uint[30 * 20];
        screen.Frame.Copy(new ScreenRect(x, y, 30, 20), copied);
        Assert.Equal(expected, copied);
    }

    [Fact]
    public void A_new_size_keeps_what_both_show_and_is_all_new_to_subscribers()
    {
        var screen = new ScreenShadow(60, 50);
        screen.PaintBlock(new ScreenRect(0, 0, 60, 50), Pictures.Panel(60, 50));
        using var subscription = screen.Subscribe();
        subscription.Take(_damage);
        var before = screen.Frame;

        screen.Resize(40, 70);

        var change = subscription.Take(_damage);
        Assert.True(change.Resized);
        Assert.Equal([new ScreenRect(0, 0, 40, 70)], _damage);
        Assert.True(screen.Frame.Row(49).SequenceEqual(before.Row(49)[..40]));
        Assert.False(screen.Frame.Row(50).ContainsAnyExcept(ScreenFrame.Opaque));
    }

    [Fact]
    public void A_session_may_be_given_a_smaller_limit()
    {
        var screen = new ScreenShadow(100, 100, maxPixels: 10_000);

        Assert.Throws<RfbFailureException>(() => screen.Resize(101, 100));
    }
}
