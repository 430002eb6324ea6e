using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Screen;

/// <summary>From a press of the pointer until the update with what it changed, both recorded, against websockify in front of the same Xvnc.</summary>
internal sealed class PointerLatency : IBenchmark
{
    private const int Rounds = 8;
    private const int PressesPerRound = 20;
    private const int X = 640;
    private const int Y = 400;

    public string Name => "screen-pointer";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await ScreenRig.StartAsync("tests/Benchmarks/Screen/programs/touch.tcl", cancellationToken);
        using var own = new Marks(await rig.OpenAsync(cancellationToken));
        using var direct = new Marks(await rig.OpenDirectAsync(cancellationToken));
        var (ours, theirs) = (new Sample(), new Sample());
        for (var round = -2; round < Rounds; round++)
        {
            await PressAsync(direct, round < 0 ? new Sample() : theirs, cancellationToken);
            await PressAsync(own, round < 0 ? new Sample() : ours, cancellationToken);
        }

        return
        [
            new Row(
                "press of the pointer to its update, median / p99",
                ours.ToString(),
                $"websockify {theirs}",
                string.Create(CultureInfo.InvariantCulture, $"{ours.Median - theirs.Median:+0.00;-0.00} / {ours.P99 - theirs.P99:+0.00;-0.00} ms")),
        ];
    }

    private static async Task PressAsync(Marks marks, Sample sample, CancellationToken cancellationToken)
    {
        for (var i = 0; i < PressesPerRound; i++)
        {
            await Task.Delay(Random.Shared.Next(40, 90), cancellationToken);

            // What the other has pressed meanwhile.
            while (marks.Seen.TryRead(out _))
            {
            }

            var start = Stopwatch.GetTimestamp();
            await marks.Screen.PointAsync(1, X, Y, cancellationToken);
            sample.Add(Stopwatch.GetElapsedTime(start, await marks.Seen.ReadAsync(cancellationToken)));
            await marks.Screen.PointAsync(0, X, Y, cancellationToken);
        }
    }

    /// <summary>When updates came that changed the top left, as they come.</summary>
    private sealed class Marks : IDisposable
    {
        private readonly Channel<long> _seen = Channel.CreateUnbounded<long>();
        private readonly CancellationTokenSource _end = new();

        public Marks(ScreenClient screen)
        {
            Screen = screen;
            _ = FollowAsync();
        }

        public ScreenClient Screen { get; }

        public ChannelReader<long> Seen => _seen.Reader;

        public void Dispose()
        {
            _end.Cancel();
            Screen.Dispose();
        }

        private async Task FollowAsync()
        {
            try
            {
                while (true)
                {
                    if ((await Screen.NextAsync(_end.Token)).Marked)
                    {
                        _seen.Writer.TryWrite(Stopwatch.GetTimestamp());
                    }
                }
            }
            catch (Exception e)
            {
                _seen.Writer.TryComplete(e);
            }
        }
    }
}
