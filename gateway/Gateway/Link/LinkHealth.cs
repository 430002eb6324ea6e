using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sallyport.Gateway.Link;

/// <summary>Without its control link a gateway goes on with the sessions that it has, and opens none.</summary>
internal sealed class LinkHealth(PortalLink link) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(link.IsUp ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("is down"));
}
