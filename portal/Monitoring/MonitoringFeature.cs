using Npgsql;
using OpenTelemetry.Trace;
using Sallyport.Hosting.Telemetry;

namespace Sallyport.Portal.Monitoring;

internal static class MonitoringFeature
{
    public static void AddMonitoring(this IHostApplicationBuilder builder)
    {
        builder.AddTelemetry(
            "portal",
            metrics => metrics.AddMeter(PortalMeter.Name, "Microsoft.AspNetCore.Components.Server.Circuits").AddNpgsqlInstrumentation(),
            traces => traces.AddNpgsql());
        if (builder.Configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>()?.IsOn == true)
        {
            builder.Services.AddSingleton<StateGauges>().AddHostedService(provider => provider.GetRequiredService<StateGauges>());
        }
    }
}
