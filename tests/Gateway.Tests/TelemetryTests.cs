using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Sallyport.Hosting;
using Sallyport.Hosting.Telemetry;
using Sallyport.Portal.Tests.Monitoring;

namespace Sallyport.Gateway.Tests;

/// <summary>What an operator's monitoring gets of a gateway, and what it never gets.</summary>
public sealed class TelemetryTests
{
    [Theory]
    [InlineData("0.0.0.0:9464")]
    [InlineData("[::]:9464")]
    [InlineData("9464")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    [InlineData("localhost:9464")]
    public async Task Metrics_are_served_on_one_address_only_and_the_program_says_so_at_its_start(string address)
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(("Telemetry:Metrics", address)));

        Assert.Contains($"Telemetry:Metrics is “{address}”: give one IP address of this machine and a port", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Telemetry:OtlpEndpoint", "collector:4317", "give the collector's http or https address")]
    [InlineData("Telemetry:Traces", "true", "Telemetry:Traces needs Telemetry:OtlpEndpoint")]
    public async Task A_setting_that_cannot_work_stops_the_program_with_a_sentence(string setting, string value, string sentence)
    {
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync((setting, value)));

        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_setting_nothing_listens_and_nothing_is_measured()
    {
        using var host = await StartAsync();

        Assert.Null(host.Services.GetService<OpenTelemetry.Metrics.MeterProvider>());
    }

    [Fact]
    public async Task Metrics_listener_serves_metrics_and_nothing_else()
    {
        var address = $"127.0.0.1:{FreePort.Next()}";
        using var host = await StartAsync(("Telemetry:Metrics", address));
        GatewayMetrics.SocketRefused();
        using var prometheus = new HttpClient { BaseAddress = new Uri($"http://{address}") };

        Assert.Contains("sallyport_gateway_socket_refusals_total", await prometheus.GetStringAsync("/metrics"), StringComparison.Ordinal);
        using var other = await prometheus.GetAsync("/health");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact]
    public void Documented_metrics_are_those_that_the_gateway_has() =>
        Assert.Equal(MetricsDocument.Documented("gateway"), MetricsDocument.Measured(GatewayMetrics.MeterName, typeof(GatewayMetrics)));

    [Fact]
    public void Json_log_is_one_line_an_event_and_names_the_session()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddConsole();
        builder.AddLogFormat();
        using var host = builder.Build();
        var json = host.Services.GetServices<ConsoleFormatter>().Single(f => f.Name == ConsoleFormatterNames.Json);
        var scopes = new LoggerExternalScopeProvider();
        var id = Guid.NewGuid();
        using var session = scopes.Push(new KeyValuePair<string, object>[] { new("SessionId", id) });
        using var output = new StringWriter();

        json.Write(new LogEntry<string>(LogLevel.Error, "Sallyport.Test", default, "first\nsecond", new InvalidOperationException("third\nfourth"), (state, _) => state), scopes, output);

        var line = Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        using var read = JsonDocument.Parse(line);
        Assert.Equal("first\nsecond", read.RootElement.GetProperty("Message").GetString());
        Assert.EndsWith("Z", read.RootElement.GetProperty("Timestamp").GetString(), StringComparison.Ordinal);
        Assert.Equal(id, read.RootElement.GetProperty("Scopes")[0].GetProperty("SessionId").GetGuid());
    }

    private static async Task<IHost> StartAsync(params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value, StringComparer.Ordinal));
        builder.AddTelemetry("gateway", metrics => metrics.AddMeter(GatewayMetrics.MeterName));
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }
}
