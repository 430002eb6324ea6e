using System.Diagnostics.Metrics;

namespace Sallyport.Portal.Audit;

/// <summary>
/// Counts acts where all of them pass: what is audited is measured too, so sign-ins, refusals, requests and sessions need no counters of their own.
/// The attributes are <see cref="AuditAction.All"/> by <see cref="AuditResult"/>, and nothing of who or what.
/// </summary>
internal static class AuditMetrics
{
    private static readonly Counter<long> Entries = PortalMeter.Meter.CreateCounter<long>("sallyport.portal.audit.entries", "{entry}", "Entries appended to the audit log.");
    private static readonly Histogram<double> Duration = PortalMeter.Meter.CreateHistogram("sallyport.portal.audit.append.duration", "s", "How long appending an entry took, retries included.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2.5, 8] });

    public static void Appended(AuditEvent entry, TimeSpan elapsed)
    {
        Entries.Add(1, new("sallyport.audit.action", entry.Action.Name), new("sallyport.audit.result", entry.Result switch
        {
            AuditResult.Success => "success",
            AuditResult.Refused => "refused",
            _ => "failed",
        }));
        Duration.Record(elapsed.TotalSeconds);
    }
}
