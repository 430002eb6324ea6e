using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>A session leaves its numbers where monitoring reads them. Other tests' sessions are measured too, so nothing here is exact.</summary>
public sealed class MeasuredSessionTests
{
    [Fact]
    public async Task A_session_is_measured_from_its_ticket_to_its_sealed_recording()
    {
        var measured = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == GatewayMetrics.MeterName) { self.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, 1, tags));
        listener.Start();

        await using var server = await XServer.StartAsync(width: 320, height: 200);
        await using var gateway = await ScreenGateway.StartAsync(server.Port);
        await using var browser = await gateway.OpenAsync();
        var opened = await browser.OpenedAsync();
        await gateway.RecordingAsync(opened.SessionId);

        await using var refused = await ScreenBrowser.ConnectAsync(gateway.Origin);
        await refused.SayAsync(Gateway.Sessions.SessionMessages.Open, new Gateway.Sessions.OpenMessage("not a ticket", 0, 0));
        await ScreenGateway.UntilAsync(() => Has("sallyport.gateway.session.open.duration vnc ticket_refused"), "the refusal");

        Assert.All(
            [
                "sallyport.gateway.link.up",
                "sallyport.gateway.session.open.duration vnc",
                "sallyport.gateway.session.io transmit",
                "sallyport.gateway.session.io receive",
                "sallyport.gateway.recording.io vnc",
                "sallyport.gateway.recordings vnc sealed",
                "sallyport.gateway.session.duration vnc user",
            ],
            name => Assert.True(Has(name), $"{name} is not among {string.Join(", ", measured.Keys)}"));
        Assert.True(measured.ContainsKey("sallyport.gateway.session.active vnc"));

        bool Has(string name) => measured.GetValueOrDefault(name) > 0;

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var name = instrument.Name;
            foreach (var tag in tags)
            {
                name += $" {tag.Value}";
            }

            measured.AddOrUpdate(name, value, (_, before) => before + value);
        }
    }
}
