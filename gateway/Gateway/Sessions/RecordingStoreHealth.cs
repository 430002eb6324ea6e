using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Sallyport.Gateway.Sessions;

/// <summary>Where nothing can be recorded, no session begins.</summary>
internal sealed class RecordingStoreHealth(IOptions<GatewayOptions> options) : IHealthCheck
{
    /// <summary>Bytes. Less is used up by a few sessions in minutes.</summary>
    private const long Least = 64 << 20;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var folder = options.Value.RecordingStore;
        return Task.FromResult(
            !Directory.Exists(folder) ? HealthCheckResult.Unhealthy("is not there")
            : new DriveInfo(folder).AvailableFreeSpace < Least ? HealthCheckResult.Unhealthy("is full")
            : HealthCheckResult.Healthy());
    }
}
