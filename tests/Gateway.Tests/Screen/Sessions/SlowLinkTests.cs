using System.Diagnostics;
using Sallyport.Gateway.Screen;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Decoding;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Gateway.Screen.Rfb.Viewers;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>A browser that reads slowly, beside one that does not, at a panel that never stands still.</summary>
public sealed class SlowLinkTests
{
    private const int Width = 320;
    private const int Height = 200;

    [Fact]
    public async Task A_slow_browser_holds_up_nobody_and_keeps_nothing_waiting_and_its_picture_is_exact_in_the_end()
    {
        var moving = new MovingPanel(Width, Height);
        await using var panel = new FakePanel(moving.RunAsync);
        await using var gateway = await ScreenGateway.StartAsync(panel.Port);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await using var watcher = await gateway.WatchAsync(opened.SessionId);
        await using var fast = await watcher.FollowAsync();
        await using var slow = await SlowViewer.ConnectAsync(browser.Rfb(), bytesPerSecond: 60_000);
        await ScreenGateway.UntilAsync(() => Reduced(browser) && moving.Pictures > 50 && fast.Events.Count > 50, "fewer colours for the slow one while the panel goes on");
        var (pictures, shown, had) = (moving.Pictures, fast.Events.Count, slow.Updates);
        await ScreenGateway.UntilAsync(() => moving.Pictures > pictures + 50 && fast.Events.Count > shown + 50 && slow.Updates > had, "50 pictures more for everybody else, and some for the slow one");
        Assert.DoesNotContain(watcher.Messages, m => m.Type == ScreenMessages.Reduced);

        moving.Stop();
        var received = slow.Received;
        await ScreenGateway.UntilAsync(() => slow.Screen.Frame.Pixels.AsSpan().SequenceEqual(moving.Last), "the exact picture");
        await ScreenGateway.UntilAsync(() => !Reduced(browser), "the news that it has all colours");

        // The rest of one picture with fewer colours, and one with all: of the hundred in between, nothing was kept.
        Assert.InRange(slow.Received - received, 1, 3 * Width * Height * 3);
    }

    [Fact]
    public async Task Who_chooses_full_colour_gets_it_late_and_who_chooses_low_data_keeps_it()
    {
        var moving = new MovingPanel(Width, Height);
        await using var panel = new FakePanel(moving.RunAsync);
        await using var gateway = await ScreenGateway.StartAsync(panel.Port);
        await using var browser = await gateway.OpenAsync();
        await browser.OpenedAsync();
        await browser.SendAsync([ScreenMessages.Colours, (byte)ViewerColours.Low]);
        await using var viewer = await browser.FollowAsync();
        await ScreenGateway.UntilAsync(() => Reduced(browser), "fewer colours");
        moving.Stop();
        await Task.Delay(1000);
        Assert.False(viewer.Client.Screen.Frame.Pixels.AsSpan().SequenceEqual(moving.Last));

        await browser.SendAsync([ScreenMessages.Colours, (byte)ViewerColours.Full]);

        await ScreenGateway.UntilAsync(() => viewer.Client.Screen.Frame.Pixels.AsSpan().SequenceEqual(moving.Last), "all colours");
    }

    private static bool Reduced(ScreenBrowser browser) => browser.Messages.LastOrDefault(m => m.Type == ScreenMessages.Reduced).Body is [1];

    /// <summary>A panel with another picture, of many colours, at each request.</summary>
    private sealed class MovingPanel(int width, int height)
    {
        private readonly Random _random = new(1);
        private volatile bool _stopped;

        public int Pictures { get; private set; }

        public uint[] Last { get; private set; } = [];

        public void Stop() => _stopped = true;

        public async Task RunAsync(Conversation c)
        {
            await c.GreetAsync(width, height);
            while (true)
            {
                await c.HearRequestAsync();
                if (_stopped && Pictures > 0)
                {
                    // Then probes for one pixel are answered, and nothing moves.
                    await c.SayAsync(Rfb.Update());
                    continue;
                }

                var pixels = new byte[width * height * 4];
                _random.NextBytes(pixels);
                await c.SayAsync(Rfb.Update(Rfb.Rectangle(0, 0, width, height, RfbEncoding.Raw, pixels)));
                Last = [.. Enumerable.Range(0, width * height).Select(i => 0xFF000000 | ((uint)pixels[(4 * i) + 2] << 16) | ((uint)pixels[(4 * i) + 1] << 8) | pixels[4 * i])];
                Pictures++;
            }
        }
    }

    /// <summary>A viewer that confirms what it has shown, as noVNC does, behind a link of so many bytes a second.</summary>
    private sealed class SlowViewer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Conversation _gateway;
        private readonly RfbReader _reader;
        private readonly Task _reading;

        private readonly SlowStream _link;

        private SlowViewer(SlowStream stream)
        {
            _link = stream;
            _gateway = new Conversation(stream, _end.Token);
            _reader = new RfbReader(stream);
            _reading = ReadAsync();
        }

        public ScreenShadow Screen { get; } = new(Width, Height);

        public int Updates { get; private set; }

        public long Received => _link.Received;

        public static async Task<SlowViewer> ConnectAsync(Stream stream, int bytesPerSecond)
        {
            var slow = new SlowStream(stream, bytesPerSecond);
            var gateway = new Conversation(slow, CancellationToken.None);
            await gateway.HearAsync(12);
            await gateway.SayAsync("RFB 003.008\n");
            await gateway.HearAsync(2);
            await gateway.SayAsync(1);
            await gateway.HearAsync(4);
            await gateway.SayAsync(1);
            await gateway.HearAsync(24 + "Mixer panel".Length);
            return new SlowViewer(slow);
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _reading.ContinueWith(_ => { }, TaskScheduler.Default);
            _end.Dispose();
        }

        private async Task ReadAsync()
        {
            var context = new DecodingContext(_reader, Screen, TimeProvider.System) { Format = PixelFormat.Bgrx };
            using var decoder = new UpdateDecoder(context);
            await _gateway.SayAsync([2, 0, .. Rfb.U16(3), .. new[] { RfbEncoding.Zrle, RfbEncoding.Fence, RfbEncoding.ContinuousUpdates }.SelectMany(e => Rfb.U32((uint)e))]);
            while (true)
            {
                await _reader.EnsureAsync(1, _end.Token);
                switch (_reader.TakeByte())
                {
                    case 0:
                        await decoder.DecodeAsync(_end.Token);
                        Updates++;
                        break;
                    case 150:
                        await _gateway.SayAsync([150, 1, 0, 0, 0, 0, .. Rfb.U16(Width), .. Rfb.U16(Height)]);
                        break;
                    case 248:
                        await _reader.EnsureAsync(16, _end.Token);
                        await _gateway.SayAsync([248, 0, 0, 0, 0, 0, 0, 1, 8, .. _reader.Take(16)[8..]]);
                        break;
                    default:
                        throw new InvalidDataException();
                }
            }
        }
    }

    private sealed class SlowStream(Stream inner, int bytesPerSecond) : Stream
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private long _read;

        public long Received { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, 4096)], cancellationToken);
            Received += read;

            // An idle link saves nothing up for later.
            var due = TimeSpan.FromSeconds((double)(_read += read) / bytesPerSecond) - _watch.Elapsed;
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, cancellationToken);
            }
            else
            {
                _read = (long)(_watch.Elapsed.TotalSeconds * bytesPerSecond);
            }

            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
