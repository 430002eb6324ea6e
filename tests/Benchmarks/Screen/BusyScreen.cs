using System.Diagnostics;
using System.Globalization;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Screen;

/// <summary>
/// A screen of which much moves at any time, recorded, against websockify in front of the same Xvnc. An update counts when it brings
/// the program's next picture: one that comes in parts counts once.
/// </summary>
internal sealed class BusyScreen : IBenchmark
{
    private const int Rounds = 5;
    private const double Aim = 0.8;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(4);

    // Until the round before has left nothing behind.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(0.5);

    public string Name => "screen-rate";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await ScreenRig.StartAsync("tests/Benchmarks/Screen/programs/busy.tcl", cancellationToken);
        var (ours, direct, ratio, ourRate, directRate) = (new Sample(), new Sample(), new Sample(), new Sample(), new Sample());
        for (var round = -1; round < Rounds; round++)
        {
            var theirs = await MeasureAsync(rig.OpenDirectAsync, cancellationToken);
            var own = await MeasureAsync(rig.OpenAsync, cancellationToken);
            if (round >= 0)
            {
                ours.Add(own.PerSecond);
                direct.Add(theirs.PerSecond);
                ratio.Add(own.PerSecond / theirs.PerSecond);
                ourRate.Add(own.Megabytes);
                directRate.Add(theirs.Megabytes);
            }
        }

        return
        [
            new Row(
                "updates of a busy screen",
                Text(ours, ourRate),
                $"websockify {Text(direct, directRate)}",
                string.Create(CultureInfo.InvariantCulture, $"{ratio.Median * 100:0} %"),
                "≥ 80 %",
                ratio.Median >= Aim),
        ];

        static string Text(Sample updates, Sample megabytes) => string.Create(CultureInfo.InvariantCulture, $"{updates.Median:0.0}/s, {megabytes.Median:0.0} MB/s");
    }

    private static async Task<(double PerSecond, double Megabytes)> MeasureAsync(Func<CancellationToken, Task<ScreenClient>> open, CancellationToken cancellationToken)
    {
        using var screen = await open(cancellationToken);
        for (var warm = Stopwatch.StartNew(); warm.Elapsed < Warm;)
        {
            await screen.NextAsync(cancellationToken);
        }

        var (count, bytes, watch) = (0, 0L, Stopwatch.StartNew());
        while (watch.Elapsed < Round)
        {
            var update = await screen.NextAsync(cancellationToken);
            bytes += update.Bytes;
            count += update.Marked ? 1 : 0;
        }

        var seconds = watch.Elapsed.TotalSeconds;
        await screen.EndAsync(cancellationToken);
        await Task.Delay(Rest, cancellationToken);
        return (count / seconds, bytes / 1e6 / seconds);
    }
}
