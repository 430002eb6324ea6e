using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sallyport.Recording;

namespace Sallyport.Benchmarks.Recordings;

/// <summary>
/// Opening an 8-hour recording and having the first event at a moment in it, and, because a terminal needs it, everything
/// since the snapshot before. An asciicast has no index: its reader goes through the lines from the start.
/// </summary>
internal sealed class SeekTime : IBenchmark
{
    private const int Seeks = 200;
    private const int DirectSeeks = 20;
    private const double AimMilliseconds = 200;
    private static readonly TimeSpan Length = TimeSpan.FromHours(8);

    public string Name => "seek";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        using var recorded = await RecordedStream.CreateAsync(TerminalText.Redraws(new Random(1)).Select(screen => (TimeSpan.FromSeconds(1), screen)), Length, TimeSpan.FromMinutes(1), cancellationToken);
        var (first, screen, direct) = (new Sample(), new Sample(), new Sample());
        var random = new Random(2);
        for (var i = -1; i < Seeks; i++)
        {
            var at = Length * random.NextDouble() * 0.999;
            var (event1, event2) = (await FirstEventAsync(recorded, at, cancellationToken), await ScreenAsync(recorded, at, cancellationToken));
            if (i >= 0)
            {
                first.Add(event1);
                screen.Add(event2);
            }
        }

        var asciicast = Path.GetTempFileName();
        try
        {
            await using (var export = File.Create(asciicast))
            {
                await using var file = recorded.Open();
                using var reader = await RecordingReader.OpenAsync(file, recorded.Key, cancellationToken);
                await AsciicastExporter.ExportAsync(reader, export, cancellationToken);
            }

            for (var i = 0; i < DirectSeeks; i++)
            {
                direct.Add(await FirstLineAsync(asciicast, Length * random.NextDouble() * 0.999, cancellationToken));
            }
        }
        finally
        {
            File.Delete(asciicast);
        }

        return
        [
            Compare("open an 8 h recording at a moment: first event, median / p99", first, direct),
            Compare("the same with the screen since its last snapshot", screen, direct),
        ];
    }

    private static Row Compare(string name, Sample ours, Sample direct) => new(
        name,
        ours.ToString(),
        $"asciicast {direct}",
        string.Create(CultureInfo.InvariantCulture, $"{ours.Median / direct.Median * 100:0} % / {ours.P99 / direct.P99 * 100:0} %"),
        "< 200 ms p99",
        ours.P99 < AimMilliseconds);

    private static async Task<TimeSpan> FirstEventAsync(RecordedStream recorded, TimeSpan at, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await using var file = recorded.Open();
        using var reader = await RecordingReader.OpenAsync(file, recorded.Key, cancellationToken);
        await foreach (var _ in reader.ReadAsync(at, cancellationToken))
        {
            break;
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<TimeSpan> ScreenAsync(RecordedStream recorded, TimeSpan at, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        await using var file = recorded.Open();
        using var reader = await RecordingReader.OpenAsync(file, recorded.Key, cancellationToken);
        await foreach (var entry in reader.ReadFromSnapshotAsync(at, cancellationToken))
        {
            if (entry.At >= at)
            {
                break;
            }
        }

        return Stopwatch.GetElapsedTime(start);
    }

    private static async Task<TimeSpan> FirstLineAsync(string path, TimeSpan at, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        using var lines = new StreamReader(path);
        await lines.ReadLineAsync(cancellationToken);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            using var entry = JsonDocument.Parse(line);
            if (entry.RootElement[0].GetDouble() >= at.TotalSeconds)
            {
                break;
            }
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
