using System.Diagnostics.Metrics;
using Sallyport.Contracts.Links;
using Sallyport.Hub.WireGuard;

namespace Sallyport.Hub.Tests;

/// <summary>What a hub measures of the plants' tunnels.</summary>
public sealed class MetricsTests
{
    [Fact]
    public void Documented_metrics_are_those_that_the_hub_has() =>
        Assert.Equal(MetricsDocument.Documented("hub"), MetricsDocument.Measured(HubMetrics.MeterName, typeof(HubMetrics)));

    [Fact]
    public void Peers_are_counted_by_their_handshake_and_traffic_from_one_check_to_the_next()
    {
        var measured = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == HubMetrics.MeterName) { self.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.Start();
        var time = new ScriptedTime();
        var activity = new PeerActivity(time);

        activity.Measure([new("a", null, 30, 1000, 500), new("b", null, 400, 70, 80), new("c", null, null, 0, 0)]);
        Assert.Equal((1, 1, 1), (measured["sallyport.hub.peer.count online"], measured["sallyport.hub.peer.count silent"], measured["sallyport.hub.peer.count never_seen"]));
        Assert.Equal((0, 0, 0), (measured["sallyport.hub.peer.io receive"], measured["sallyport.hub.peer.io transmit"], measured["sallyport.hub.peer.handshakes"]));

        // Five seconds later one has shaken hands anew, one was made anew by the hub, and one has come for the first time.
        time.Now += TimeSpan.FromSeconds(5);
        activity.Measure([new("a", null, 1, 1300, 600), new("b", null, 405, 20, 10), new("c", null, 2, 5, 5)]);
        Assert.Equal((2, 1, 0), (measured["sallyport.hub.peer.count online"], measured["sallyport.hub.peer.count silent"], measured["sallyport.hub.peer.count never_seen"]));
        Assert.Equal((325, 115, 2), (measured["sallyport.hub.peer.io receive"], measured["sallyport.hub.peer.io transmit"], measured["sallyport.hub.peer.handshakes"]));

        void Keep(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (measured)
            {
                measured[tags.IsEmpty ? instrument.Name : $"{instrument.Name} {tags[0].Value}"] = value;
            }
        }
    }
}
