using System.Globalization;

namespace Sallyport.Benchmarks.Web;

/// <summary>
/// Requests of one HMI, each judged and recorded, against an nginx that asks for leave (<c>auth_request</c>) and writes its access log. Short
/// rounds in turn; the median of the rounds' ratios counts, so that whatever else the machine does meets both.
/// </summary>
internal sealed class RequestRate : IBenchmark
{
    private const int Rounds = 5;
    private const double AimRate = 0.6;
    private const double AimMilliseconds = 2;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    // Sixteen connections with a pause of 16 ms on average: about a thousand requests a second, far more than panels have.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(32);

    private static readonly (string What, string Path)[] Kinds =
        [("1 kB of values", AssetFiles.Values), ("100 kB of script", AssetFiles.Script), ("100 kB of picture", AssetFiles.Picture)];

    public string Name => "web-rate";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await WebRig.StartAsync(cancellationToken);
        var ours = await rig.OpenPagesAsync(cancellationToken);
        var rows = new List<Row>();
        foreach (var (what, path) in Kinds)
        {
            foreach (var site in (WebSite[])[rig.Direct, ours, ours])
            {
                await Wrk.RunAsync(site, path, Warm, TimeSpan.Zero, cancellationToken);
            }

            rows.Add(await RateAsync(rig.Direct, ours, what, path, cancellationToken));
            rows.Add(await LatencyAsync(rig.Direct, ours, path, cancellationToken));
        }

        return rows;
    }

    private static async Task<Row> RateAsync(WebSite direct, WebSite ours, string what, string path, CancellationToken cancellationToken)
    {
        var (ourRate, directRate, ratio, ourP99, directP99) = (new Sample(), new Sample(), new Sample(), new Sample(), new Sample());
        for (var round = 0; round < Rounds; round++)
        {
            var theirs = await Wrk.RunAsync(direct, path, Round, TimeSpan.Zero, cancellationToken);
            var own = await Wrk.RunAsync(ours, path, Round, TimeSpan.Zero, cancellationToken);
            ourRate.Add(own.RequestsPerSecond);
            directRate.Add(theirs.RequestsPerSecond);
            ratio.Add(own.RequestsPerSecond / theirs.RequestsPerSecond);
            ourP99.Add(own.P99);
            directP99.Add(theirs.P99);
        }

        return new Row(
            $"web requests at full load, {what}; p99",
            Text(ourRate, ourP99),
            $"nginx {Text(directRate, directP99)}",
            string.Create(CultureInfo.InvariantCulture, $"{ratio.Median * 100:0} %; {ourP99.Median - directP99.Median:+0.0;-0.0} ms"),
            "≥ 60 %",
            ratio.Median >= AimRate);

        static string Text(Sample rate, Sample p99) => string.Create(CultureInfo.InvariantCulture, $"{rate.Median:0}/s; {p99.Median:0.0} ms");
    }

    private static async Task<Row> LatencyAsync(WebSite direct, WebSite ours, string path, CancellationToken cancellationToken)
    {
        var (own, theirs, added) = (new List<Wrk>(), new List<Wrk>(), new Sample());
        for (var round = 0; round < Rounds; round++)
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
