using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Sallyport.Recording;
using Sallyport.Recording.Screen;

namespace Sallyport.Benchmarks.Recordings;

/// <summary>
/// Opening an 8-hour recording of a panel and having the picture of a moment in it, pixel by pixel the right one. Without
/// keyframes there is only the way from the start.
/// </summary>
internal sealed class ScreenSeekTime : IBenchmark
{
    private const int Width = 1280;
    private const int Height = 800;
    private const int Seeks = 200;
    private const int DirectSeeks = 5;
    private const int KeyframeSeconds = 10;
    private const double AimMilliseconds = 300;
    private static readonly TimeSpan Length = TimeSpan.FromHours(8);
    private static readonly ScreenRect Clock = new(1100, 10, 160, 24);
    private static readonly ScreenRect Level = new(200, 200, 80, 400);

    public string Name => "screen-seek";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetTempPath(), $"sallyport-bench-{Guid.NewGuid():N}.sprec");
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            await RecordAsync(path, key);
            var (ours, direct, random) = (new Sample(), new Sample(), new Random(2));
            for (var i = -1; i < Seeks; i++)
            {
                var time = await SeekAsync(path, key, Moment(random), cancellationToken);
                if (i >= 0)
                {
                    ours.Add(time);
                }
            }

            for (var i = 0; i < DirectSeeks; i++)
            {
                direct.Add(await FromStartAsync(path, key, Moment(random), cancellationToken));
            }

            return
            [
                new Row(
                    "open an 8 h screen recording at a moment: its picture, median / p99",
                    ours.ToString(),
                    $"from the start {direct}",
                    string.Create(CultureInfo.InvariantCulture, $"{ours.Median / direct.Median * 100:0.0} % / {ours.P99 / direct.P99 * 100:0.0} %"),
                    "< 300 ms p99",
                    ours.P99 < AimMilliseconds),
            ];
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TimeSpan Moment(Random random) => TimeSpan.FromSeconds(1 + random.Next((int)Length.TotalSeconds - 2) + 0.5);

    // A panel with a clock and a level that move every second; the gateway's way of writing it, with hours in a minute.
    private static async Task RecordAsync(string path, ECDiffieHellman key)
    {
        using var gatewayKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var nobody = new Party(Guid.Empty, "Benchmark");
        var header = new RecordingHeader(Guid.NewGuid(), Guid.Empty, nobody, nobody, nobody, nobody, "vnc", nobody, "benchmark", "A benchmark", null, null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch + Length);
        await using var script = await ScreenScript.BeginAsync(path, header, key, gatewayKey);
        await script.At(0).ResizeAsync(Width, Height);
        for (var i = 0; i < 400; i++)
        {
            // Something to compress: labels, lines and lamps.
            script.Paint(new ScreenRect(i * 37 % 1200, i * 53 % 760, 10 + (i % 60), 4 + (i % 20)), 0xFF000000 | (uint)(i * 40503));
        }

        for (var second = 1; second < Length.TotalSeconds; second++)
        {
            script.At(second);
            await script.FillAsync(Level with { Height = 20 + (second % 380) }, Colour(second + 1));
            await script.FillAsync(Clock, Colour(second));
            if (second % KeyframeSeconds == 0)
            {
                await script.KeyframeAsync();
            }
        }

        await script.SealAsync();
    }

    private static async Task<TimeSpan> SeekAsync(string path, ECDiffieHellman key, TimeSpan at, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous);
        using var reader = await RecordingReader.OpenAsync(file, key, cancellationToken);
        var playback = await ScreenSeek.ToAsync(reader, at, Width * Height, cancellationToken);
        var taken = Stopwatch.GetElapsedTime(start);
        Check(playback, at);
        return taken;
    }

    private static async Task<TimeSpan> FromStartAsync(string path, ECDiffieHellman key, TimeSpan at, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous);
        using var reader = await RecordingReader.OpenAsync(file, key, cancellationToken);
        var (playback, keyframes) = (new ScreenPlayback(Width * Height), 0);
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, cancellationToken))
        {
            if (entry.At > at)
            {
                break;
            }

            // As a recording without keyframes would be: the first picture, and then changes alone.
            var head = ScreenHead.Read(entry.Payload.Span)!.Value;
            keyframes += head.Begins ? 1 : 0;
            if (keyframes <= 1 || head.Area < (long)Width * Height / 8)
            {
                playback.Apply(entry.Payload);
            }
        }

        var taken = Stopwatch.GetElapsedTime(start);
        Check(playback, at);
        return taken;
    }

    private static void Check(ScreenPlayback playback, TimeSpan at)
    {
        var second = (int)at.TotalSeconds;
        if (!playback.IsWhole || playback.Frame!.Row(20)[1150] != Colour(second) || playback.Frame.Row(210)[210] != Colour(second + 1))
        {
            throw new InvalidOperationException($"The picture at {at} is not the one that was there then.");
        }
    }

    private static uint Colour(int second) => 0xFF000000 | (uint)(second * 40503 & 0xFFFFFF);
}
