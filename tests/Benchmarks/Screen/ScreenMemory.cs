using System.Globalization;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Screen;

/// <summary>
/// What the gateway's process grows by for each of 20 screens of 1280 × 800 that are looked at, of which 4.1 MB are the shadow of the
/// screen itself; against what a process of websockify's shares with no other.
/// </summary>
internal sealed class ScreenMemory : IBenchmark
{
    private const int Sessions = 20;
    private const double ShadowMegabytes = 1280 * 800 * 4 / 1e6;
    private const double AimMegabytes = 4;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    public string Name => "screen-memory";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await ScreenRig.StartAsync("tests/Benchmarks/Screen/programs/still.tcl", cancellationToken);
        var direct = await DirectAsync(rig, cancellationToken);
        await using (await OpenScreens.StartAsync(2, rig.OpenAsync, cancellationToken))
        {
            // Code that only a second session reaches is not the sessions'.
            await Task.Delay(Settle, cancellationToken);
        }

        await Task.Delay(Settle, cancellationToken);
        var before = await SettledAsync(rig.GatewayProcessId, cancellationToken);
        await using var screens = await OpenScreens.StartAsync(Sessions, rig.OpenAsync, cancellationToken);
        await Task.Delay(Settle, cancellationToken);
        var rest = ((await SettledAsync(rig.GatewayProcessId, cancellationToken) - before) / 1e6 / Sessions) - ShadowMegabytes;
        return
        [
            new Row(
                $"memory of a screen of 1280 × 800, at {Sessions}",
                string.Create(CultureInfo.InvariantCulture, $"{ShadowMegabytes:0.0} MB shadow + {rest:0.0} MB"),
                string.Create(CultureInfo.InvariantCulture, $"websockify {direct:0.0} MB"),
                string.Create(CultureInfo.InvariantCulture, $"{(ShadowMegabytes + rest) / direct * 100:0} %"),
                "< 4 MB beside the shadow",
                rest < AimMegabytes),
        ];
    }

    private static async Task<double> DirectAsync(ScreenRig rig, CancellationToken cancellationToken)
    {
        await using var screens = await OpenScreens.StartAsync(Sessions, rig.OpenDirectAsync, cancellationToken);
        await Task.Delay(Settle, cancellationToken);
        return ProcessUsage.DescendantsOf(rig.WebsockifyProcessId).Select(id => ProcessUsage.MemoryOf(id).Private / 1e6).Sum() / Sessions;
    }

    private static async Task<long> SettledAsync(int processId, CancellationToken cancellationToken)
    {
        await GarbageCollection.ForceAsync(processId, cancellationToken);
        await Task.Delay(Settle, cancellationToken);
        return ProcessUsage.MemoryOf(processId).Resident;
    }
}
