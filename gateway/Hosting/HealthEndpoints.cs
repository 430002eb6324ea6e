using System.Net.Mime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sallyport.Hosting;

/// <summary>
/// For service managers, load balancers and monitoring: whether the process lives (restart it if not), and whether it can do its
/// work (send nobody there if not). Anybody may ask, so an answer says what is missing and no more.
/// </summary>
public static class HealthEndpoints
{
    public const string Base = "/health";

    public static IEndpointConventionBuilder MapHealth(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup(Base);
        group.MapHealthChecks("live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        group.MapHealthChecks("ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
        group.MapHealthChecks("", new HealthCheckOptions { ResponseWriter = WriteAsync });
        return group.WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
    }

    private static Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = MediaTypeNames.Text.Plain;
        var missing = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy).Select(entry => $"{entry.Key}: {entry.Value.Description}\n");
        return http.Response.WriteAsync(report.Status == HealthStatus.Healthy ? "ok\n" : string.Concat(missing), http.RequestAborted);
    }
}
