using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Sallyport.Hosting.Telemetry;

public static class TelemetryExtensions
{
    // Whom it is sent to would be a label for each asset; how it went is what one can alert on.
    private static readonly MetricStreamConfiguration WithoutPeers = new() { TagKeys = ["http.request.method", "http.response.status_code", "error.type"] };

    /// <summary>Measures what <paramref name="metrics"/> names, the web server, HTTP clients and the runtime; exports it as section <see cref="TelemetryOptions.Section"/> says.</summary>
    /// <param name="program"><c>portal</c>, <c>gateway</c> or <c>hub</c>.</param>
    public static void AddTelemetry(this IHostApplicationBuilder builder, string program, Action<MeterProviderBuilder> metrics, Action<TracerProviderBuilder>? traces = null)
    {
        builder.Services.AddOptions<TelemetryOptions>().BindConfiguration(TelemetryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        var options = builder.Configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>() ?? new TelemetryOptions();
        if (!options.IsOn)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService($"sallyport-{program}", serviceVersion: Assembly.GetEntryAssembly()?.GetName().Version?.ToString(3)))
            .WithMetrics(meters =>
            {
                metrics(meters
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddView("http.client.*", WithoutPeers)
                    .AddView("dns.*", MetricStreamConfiguration.Drop));
                if (options.Metrics is not null)
                {
                    meters.AddPrometheusExporter();
                }

                if (options.OtlpEndpoint is { } collector)
                {
                    meters.AddOtlpExporter(otlp => Send(otlp, collector));
                }
            });
        if (options.Metrics is not null)
        {
            builder.Services.AddHostedService<MetricsListener>();
        }

        if (options is { Traces: true, OtlpEndpoint: { } traceCollector })
        {
            telemetry.WithTracing(tracing =>
            {
                traces?.Invoke(tracing.AddAspNetCoreInstrumentation());
                tracing.AddOtlpExporter(otlp => Send(otlp, traceCollector));
            });
        }
    }

    private static void Send(OtlpExporterOptions otlp, Uri collector) => (otlp.Endpoint, otlp.Protocol) = (collector, OtlpExportProtocol.Grpc);
}
