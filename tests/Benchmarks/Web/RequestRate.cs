using System.Globalization;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Web;

/// <summary>
/// Requests of one HMI, each judged and recorded, against an nginx that asks for leave (<c>auth_request</c>) and writes its access log. Short
/// rounds in turn; the median of the rounds' ratios counts, so that whatever else the machine does meets both.
/// </summary>
/// <param name="name">What the command line calls it.</param>
/// <param name="what">What is asked for.</param>
/// <param name="path">One of <see cref="AssetFiles"/>.</param>
internal sealed class RequestRate(string name, string what, string path) : IBenchmark
{
    private const int Rounds = 5;
    private const int PacedRounds = 3;
    private const double AimRate = 0.6;
    private const double AimMilliseconds = 2;

    // Until the gateway's code is compiled as it is used: a gateway runs for weeks.
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    // Sixteen connections with a pause of 16 ms on average: about a thousand requests a second, far more than panels have.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(32);

    public string Name => name;

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await WebRig.StartAsync(cancellationToken);
        var ours = await rig.OpenPagesAsync(cancellationToken);
        foreach (var site in (WebSite[])[rig.Direct, ours])
        {
            await Wrk.RunAsync(site, path, Warm, TimeSpan.Zero, cancellationToken);
        }

        return [.. await RateAsync(rig.Direct, ours, cancellationToken), await LatencyAsync(rig.Direct, ours, cancellationToken)];
    }

    private async Task<Row[]> RateAsync(WebSite direct, WebSite ours, CancellationToken cancellationToken)
    {
        var (ourRate, directRate, ratio, ourP99, directP99) = (new Sample(), new Sample(), new Sample(), new Sample(), new Sample());
        var (ourWork, directWork) = (new Sample(), new Sample());
        for (var round = 0; round < Rounds; round++)
        {
            var theirs = await RunAsync(direct, directWork, cancellationToken);
            var own = await RunAsync(ours, ourWork, cancellationToken);
            ourRate.Add(own.RequestsPerSecond);
            directRate.Add(theirs.RequestsPerSecond);
            ratio.Add(own.RequestsPerSecond / theirs.RequestsPerSecond);
            ourP99.Add(own.P99);
            directP99.Add(theirs.P99);
        }

        return
        [
            new Row(
                $"web requests at full load, {what}; p99",
                Text(ourRate, ourP99),
                $"nginx {Text(directRate, directP99)}",
                string.Create(CultureInfo.InvariantCulture, $"{ratio.Median * 100:0} %; {ourP99.Median - directP99.Median:+0.0;-0.0} ms"),
                "≥ 60 %",
                ratio.Median >= AimRate),
            new Row(
                "  processor time of one",
                string.Create(CultureInfo.InvariantCulture, $"{ourWork.Median:0} µs"),
                string.Create(CultureInfo.InvariantCulture, $"nginx {directWork.Median:0} µs"),
                string.Create(CultureInfo.InvariantCulture, $"{ourWork.Median / directWork.Median * 100:0} %")),
        ];

        static string Text(Sample rate, Sample p99) => string.Create(CultureInfo.InvariantCulture, $"{rate.Median:0}/s; {p99.Median:0.0} ms");
    }

    private async Task<Wrk> RunAsync(WebSite site, Sample work, CancellationToken cancellationToken)
    {
        var before = ProcessUsage.ProcessorTimeOf(site.ProcessId);
        var run = await Wrk.RunAsync(site, path, Round, TimeSpan.Zero, cancellationToken);
        work.Add((ProcessUsage.ProcessorTimeOf(site.ProcessId) - before).TotalMicroseconds / (run.RequestsPerSecond * Round.TotalSeconds));
        return run;
    }

    private async Task<Row> LatencyAsync(WebSite direct, WebSite ours, CancellationToken cancellationToken)
    {
        var (own, theirs, added) = (new List<Wrk>(), new List<Wrk>(), new Sample());
        for (var round = 0; round < PacedRounds; round++)
        {
            theirs.Add(await Wrk.RunAsync(direct, path, Round, Pause, cancellationToken));
            own.Add(await Wrk.RunAsync(ours, path, Round, Pause, cancellationToken));
            added.Add(own[^1].P99 - theirs[^1].P99);
        }

        return new Row(
            $"  at {Median(own, wrk => wrk.RequestsPerSecond):0} requests/s: median / p99",
            Text(own),
            $"nginx {Text(theirs)}",
            string.Create(CultureInfo.InvariantCulture, $"{added.Median:+0.00;-0.00} ms p99"),
            "< +2 ms p99",
            added.Median < AimMilliseconds);

        static string Text(List<Wrk> runs) => string.Create(CultureInfo.InvariantCulture, $"{Median(runs, wrk => wrk.Median):0.00} / {Median(runs, wrk => wrk.P99):0.00} ms");

        static double Median(List<Wrk> runs, Func<Wrk, double> value) => runs.Select(value).Order().ElementAt(runs.Count / 2);
    }
}
