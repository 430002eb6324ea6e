using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Sallyport.Tests.Support;

/// <param name="Kind">As the document has it.</param>
public sealed record DocumentedInstrument(string Name, string Kind, string Unit, IReadOnlyList<string> Attributes)
{
    /// <summary>As Prometheus has it, without what a histogram adds.</summary>
    public string PrometheusName =>
        Name.Replace('.', '_') + Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" } + (Kind == "counter" ? "_total" : "");
}

/// <summary>The list of our own metrics that operators read: docs/operations/metrics.md.</summary>
public static partial class MetricsDocument
{
    public static IReadOnlyList<DocumentedInstrument> Read() =>
    [
        .. File.ReadLines(RepositoryRoot.Combine("docs/operations/metrics.md"))
            .Where(line => line.StartsWith("| `sallyport.", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => new DocumentedInstrument(cells[1].Trim('`'), cells[2], cells[3].Trim('`'), [.. Quoted().Matches(cells[4]).Select(name => name.Groups["name"].Value)])),
    ];

    /// <summary>The instruments that a program really has, in the document's words.</summary>
    /// <param name="holders">Types that make them when they are first used.</param>
    public static IReadOnlyList<string> Measured(string meter, params Type[] holders)
    {
        Array.ForEach(holders, holder => RuntimeHelpers.RunClassConstructor(holder.TypeHandle));
        var found = new SortedSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == meter)
                {
                    found.Add(Describe(instrument.Name, Kind(instrument), instrument.Unit ?? ""));
                }
            },
        };
        listener.Start();
        return [.. found];
    }

    public static IReadOnlyList<string> Documented(string program) =>
        [.. Read().Where(i => i.Name.StartsWith($"sallyport.{program}.", StringComparison.Ordinal)).Select(i => Describe(i.Name, i.Kind, i.Unit)).Order(StringComparer.Ordinal)];

    private static string Describe(string name, string kind, string unit) => $"{name}: {kind}, {unit}";

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        nameof(Counter<>) => "counter",
        nameof(UpDownCounter<>) => "up-down counter",
        nameof(Gauge<>) => "gauge",
        nameof(Histogram<>) => "histogram",
        var other => other,
    };

    [GeneratedRegex("`(?<name>[a-z_.]+)`", RegexOptions.None, 1000)]
    private static partial Regex Quoted();
}
