using System.Globalization;

namespace Sallyport.Benchmarks.Screen;

/// <summary>
/// How large an hour's recording of the demo plant's panel is, from one minute of it: four pictures a second with moving values and a
/// trend. Against the bytes that websockify passes to a browser in the same minute, which is what a recording of the bare stream would hold.
/// </summary>
internal sealed class ScreenRecordingSize : IBenchmark
{
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Seal = TimeSpan.FromSeconds(2);

    public string Name => "screen-size";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await ScreenRig.StartAsync("tests/plant/hmi/mixer.tcl", cancellationToken);
        using var direct = await rig.OpenDirectAsync(cancellationToken);
        var (screen, recording) = await rig.OpenRecordedAsync(cancellationToken);
        using (screen)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            end.CancelAfter(Duration);
            await Task.WhenAll(FollowAsync(screen, end.Token), FollowAsync(direct, end.Token));
            cancellationToken.ThrowIfCancellationRequested();
        }

        await Task.Delay(Seal, cancellationToken);
        var perHour = TimeSpan.FromHours(1) / Duration / 1e6;
        var (ours, theirs) = (recording().Length * perHour, direct.Received * perHour);
        return
        [
            new Row(
                "recording of an hour of a panel, from 1 min",
                string.Create(CultureInfo.InvariantCulture, $"{ours:0.0} MB"),
                string.Create(CultureInfo.InvariantCulture, $"bare stream {theirs:0.0} MB"),
                string.Create(CultureInfo.InvariantCulture, $"{ours / theirs * 100:0} %")),
        ];
    }

    private static async Task FollowAsync(ScreenClient screen, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await screen.NextAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
