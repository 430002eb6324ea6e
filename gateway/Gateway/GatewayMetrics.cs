using System.Diagnostics.Metrics;
using System.Text.Json;
using Sallyport.Contracts;

namespace Sallyport.Gateway;

/// <summary>
/// What a gateway measures of itself; each instrument is described in docs/operations/metrics.md. Attributes have few values: kinds, reasons
/// and directions, never a person, an asset or a session.
/// </summary>
internal static class GatewayMetrics
{
    public const string MeterName = "Sallyport.Gateway";

    private static readonly Meter Meter = new(MeterName);

    private static readonly UpDownCounter<int> Active = Meter.CreateUpDownCounter<int>("sallyport.gateway.session.active", "{session}", "Sessions that run.");
    private static readonly Histogram<double> OpenDuration = Meter.CreateHistogram("sallyport.gateway.session.open.duration", "s", "From a ticket to a running session, or to its refusal.", advice: Seconds(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20));
    private static readonly Histogram<double> Duration = Meter.CreateHistogram("sallyport.gateway.session.duration", "s", "How long sessions ran.", advice: Seconds(10, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800));
    private static readonly Counter<long> SessionBytes = Meter.CreateCounter<long>("sallyport.gateway.session.io", "By", "Bytes of messages between browsers and terminals or screens.");
    private static readonly Counter<long> Recordings = Meter.CreateCounter<long>("sallyport.gateway.recordings", "{recording}", "Recordings that were closed.");
    private static readonly Counter<long> RecordedBytes = Meter.CreateCounter<long>("sallyport.gateway.recording.io", "By", "Bytes given to recordings, before compression.");
    private static readonly Counter<long> RefusedSockets = Meter.CreateCounter<long>("sallyport.gateway.socket.refusals", "{connection}", "Browsers turned away because too many had not shown a ticket yet.");
    private static readonly Gauge<int> Link = Meter.CreateGauge<int>("sallyport.gateway.link.up", "{link}", "1 while the control link to the portal is up.");
    private static readonly UpDownCounter<int> WaitingReports = Meter.CreateUpDownCounter<int>("sallyport.gateway.report.waiting", "{report}", "Reports that the portal does not have yet.");

    public static void SessionBegan(ServiceKind kind) => Active.Add(1, Of(kind));

    public static void SessionLeft(ServiceKind kind) => Active.Add(-1, Of(kind));

    /// <param name="error">A code of a few; null: the session runs.</param>
    public static void Opened(ServiceKind kind, TimeSpan elapsed, string? error)
    {
        if (error is null)
        {
            OpenDuration.Record(elapsed.TotalSeconds, Of(kind));
        }
        else
        {
            OpenDuration.Record(elapsed.TotalSeconds, Of(kind), new("error.type", error));
        }
    }

    public static void Ended(ServiceKind kind, TimeSpan elapsed, SessionEndReason reason) =>
        Duration.Record(elapsed.TotalSeconds, Of(kind), new("sallyport.session.end_reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString())));

    public static void Sent(int bytes) => SessionBytes.Add(bytes, new KeyValuePair<string, object?>("network.io.direction", "transmit"));

    public static void Received(int bytes) => SessionBytes.Add(bytes, new KeyValuePair<string, object?>("network.io.direction", "receive"));

    public static void Recorded(ServiceKind kind, int bytes) => RecordedBytes.Add(bytes, Of(kind));

    public static void RecordingClosed(ServiceKind kind, bool whole) => Recordings.Add(1, Of(kind), new("sallyport.recording.state", whole ? "sealed" : "interrupted"));

    public static void SocketRefused() => RefusedSockets.Add(1);

    public static void LinkIs(bool up) => Link.Record(up ? 1 : 0);

    public static void ReportsWaiting(int change) => WaitingReports.Add(change);

    private static KeyValuePair<string, object?> Of(ServiceKind kind) => new("sallyport.service.kind", kind switch
    {
        ServiceKind.Ssh => "ssh",
        ServiceKind.Vnc => "vnc",
        ServiceKind.Web => "web",
        _ => "other",
    });

    private static InstrumentAdvice<double> Seconds(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };
}
