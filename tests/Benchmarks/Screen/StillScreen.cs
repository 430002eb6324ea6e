using System.Diagnostics;
using System.Globalization;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Screen;

/// <summary>What a session of a panel costs on which only a clock ticks: processor time of the gateway, and of the processes that websockify has for each.</summary>
internal sealed class StillScreen : IBenchmark
{
    private const int Sessions = 10;
    private const double AimPercent = 1;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    public string Name => "screen-still";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await ScreenRig.StartAsync("tests/Benchmarks/Screen/programs/still.tcl", cancellationToken);
        var direct = await MeasureAsync(rig.OpenDirectAsync, rig.WebsockifyProcessId, cancellationToken);
        var ours = await MeasureAsync(rig.OpenAsync, rig.GatewayProcessId, cancellationToken);
        return
        [
            new Row(
                $"processor for a still screen with a clock, at {Sessions}",
                string.Create(CultureInfo.InvariantCulture, $"{ours:0.00} % of a core"),
                string.Create(CultureInfo.InvariantCulture, $"websockify {direct:0.00} %"),
                string.Create(CultureInfo.InvariantCulture, $"{ours - direct:+0.00;-0.00} %"),
                "< 1 %",
                ours < AimPercent),
        ];
    }

    private static async Task<double> MeasureAsync(Func<CancellationToken, Task<ScreenClient>> open, int processId, CancellationToken cancellationToken)
    {
        await using var screens = await OpenScreens.StartAsync(Sessions, open, cancellationToken);

        // Code is compiled again once it is seen to be used much; that is no session's doing.
        await Task.Delay(Settle, cancellationToken);
        var (before, watch) = (ProcessUsage.ProcessorTimeOf(processId), Stopwatch.StartNew());
        await Task.Delay(Duration, cancellationToken);
        return (ProcessUsage.ProcessorTimeOf(processId) - before) / watch.Elapsed / Sessions * 100;
    }
}
