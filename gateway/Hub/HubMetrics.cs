using System.Diagnostics.Metrics;
using Sallyport.Contracts.Links;

namespace Sallyport.Hub;

/// <summary>What a hub measures of itself; each instrument is described in docs/operations/metrics.md. No peer, plant or address is an attribute.</summary>
internal static class HubMetrics
{
    public const string MeterName = "Sallyport.Hub";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> OrderDuration = Meter.CreateHistogram("sallyport.hub.order.duration", "s", "How long the portal's orders took.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
    private static readonly Counter<long> Drift = Meter.CreateCounter<long>("sallyport.hub.drift.corrections", "{deviation}", "Deviations from what the portal ordered that were found and corrected.");
    private static readonly Gauge<int> Paths = Meter.CreateGauge<int>("sallyport.hub.path.count", "{path}", "Paths from a gateway to an asset that are open.");
    private static readonly Gauge<int> Peers = Meter.CreateGauge<int>("sallyport.hub.peer.count", "{peer}", "Plants' edges that the hub knows.");
    private static readonly Counter<long> Handshakes = Meter.CreateCounter<long>("sallyport.hub.peer.handshakes", "{handshake}", "Checks that found a newer handshake of a plant's edge.");
    private static readonly Counter<long> PeerBytes = Meter.CreateCounter<long>("sallyport.hub.peer.io", "By", "Bytes through the tunnels of all plants.");
    private static readonly Gauge<int> Link = Meter.CreateGauge<int>("sallyport.hub.link.up", "{link}", "1 while the control link to the portal is up.");

    /// <param name="error">Null: it was carried out.</param>
    public static void Ordered(string name, TimeSpan elapsed, string? error)
    {
        var order = new KeyValuePair<string, object?>("sallyport.hub.order", name is HubEvent.State or HubEvent.SetGateways or HubEvent.SetPeer or HubEvent.RemovePeer or HubEvent.OpenPath or HubEvent.ClosePath ? name : "_OTHER");
        if (error is null)
        {
            OrderDuration.Record(elapsed.TotalSeconds, order);
        }
        else
        {
            OrderDuration.Record(elapsed.TotalSeconds, order, new("error.type", error));
        }
    }

    public static void DriftCorrected(int deviations) => Drift.Add(deviations);

    public static void PathsAre(int open) => Paths.Record(open);

    public static void PeersAre(int online, int silent, int never)
    {
        Peers.Record(online, new KeyValuePair<string, object?>("sallyport.peer.state", "online"));
        Peers.Record(silent, new KeyValuePair<string, object?>("sallyport.peer.state", "silent"));
        Peers.Record(never, new KeyValuePair<string, object?>("sallyport.peer.state", "never_seen"));
    }

    public static void Handshaken(int peers) => Handshakes.Add(peers);

    public static void Moved(long received, long sent)
    {
        PeerBytes.Add(received, new KeyValuePair<string, object?>("network.io.direction", "receive"));
        PeerBytes.Add(sent, new KeyValuePair<string, object?>("network.io.direction", "transmit"));
    }

    public static void LinkIs(bool up) => Link.Record(up ? 1 : 0);
}
