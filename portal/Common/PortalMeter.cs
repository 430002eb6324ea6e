using System.Diagnostics.Metrics;

namespace Sallyport.Portal.Common;

/// <summary>The one meter of the portal; its instruments are described in docs/operations/metrics.md.</summary>
internal static class PortalMeter
{
    public const string Name = "Sallyport.Portal";

    public static readonly Meter Meter = new(Name);
}
