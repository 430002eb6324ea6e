using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Portal.Monitoring;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Monitoring;

/// <summary>A real Prometheus that reads a running portal, with the alert rules and the queries that operators are given.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PrometheusTests(MetricsTests.MeasuredPortal portal) : IClassFixture<MetricsTests.MeasuredPortal>, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-prometheus").FullName;
    private readonly HttpClient _api = new();
    private Process _prometheus = null!;

    public async Task InitializeAsync()
    {
        var address = $"127.0.0.1:{FreePort.Next()}";
        var rules = RepositoryRoot.Combine("deploy/monitoring/alerts.yml");
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "prometheus.yml"),
            $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: ["{{rules}}"]
            scrape_configs:
              - { job_name: sallyport-portal, static_configs: [ { targets: ["{{portal.MetricsAddress}}"] } ] }
              - { job_name: sallyport-gateway, static_configs: [ { targets: ["127.0.0.1:{{FreePort.Next()}}"] } ] }
            """);
        _prometheus = Process.Start(new ProcessStartInfo("prometheus", [$"--config.file={_folder}/prometheus.yml", $"--storage.tsdb.path={_folder}/data", $"--web.listen-address={address}", "--log.level=error"]))!;
        _api.BaseAddress = new Uri($"http://{address}/api/v1/");
        await portal.Services.GetRequiredService<StateGauges>().MeasureAsync(default);
    }

    public async Task DisposeAsync()
    {
        _api.Dispose();
        _prometheus.Kill();
        await _prometheus.WaitForExitAsync();
        _prometheus.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_portal_is_read_the_rules_are_evaluated_and_every_query_of_the_dashboard_is_answered()
    {
        await UntilAsync("query?query=sallyport_portal_sign_in_count", data => data.GetProperty("result").GetArrayLength() > 0);
        Assert.Equal("1", Value(await AskAsync("query?query=" + Uri.EscapeDataString("up{job=\"sallyport-portal\"}"))));

        var rules = await UntilAsync("rules", data => Rules(data).Count > 0 && Rules(data).All(rule => rule.GetProperty("health").GetString() != "unknown"));
        Assert.All(Rules(rules), rule => Assert.Equal(("ok", ""), (rule.GetProperty("health").GetString(), rule.TryGetProperty("lastError", out var error) ? error.GetString() : "")));

        // The gateway of this installation is not there.
        Assert.Equal("sallyport-gateway", Assert.Single((await UntilAsync("alerts", data => data.GetProperty("alerts").GetArrayLength() > 0)).GetProperty("alerts").EnumerateArray(), IsDown).GetProperty("labels").GetProperty("job").GetString());

        using var dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(RepositoryRoot.Combine("deploy/monitoring/dashboard.json")));
        var queries = dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _)).SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!).ToList();
        Assert.NotEmpty(queries);
        foreach (var query in queries)
        {
            // What Grafana fills in.
            await AskAsync("query?query=" + Uri.EscapeDataString(query.Replace("$__rate_interval", "1m", StringComparison.Ordinal)));
        }
    }

    private static bool IsDown(JsonElement alert) => alert.GetProperty("labels").GetProperty("alertname").GetString() == "SallyportProgramDown";

    private static List<JsonElement> Rules(JsonElement data) => [.. data.GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())];

    private static string? Value(JsonElement data) => Assert.Single(data.GetProperty("result").EnumerateArray()).GetProperty("value")[1].GetString();

    private async Task<JsonElement> AskAsync(string what)
    {
        using var response = await _api.GetAsync(what);
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            throw new HttpRequestException("It listens, and is not ready yet.", null, response.StatusCode);
        }

        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{Uri.UnescapeDataString(what)}: {body}");
        return JsonDocument.Parse(body).RootElement.GetProperty("data");
    }

    private async Task<JsonElement> UntilAsync(string what, Func<JsonElement, bool> condition)
    {
        JsonElement data = default;
        await Eventually.HoldsAsync(
            $"Prometheus comes to {what}",
            async () =>
            {
                try
                {
                    return condition(data = await AskAsync(what));
                }
                catch (HttpRequestException)
                {
                    // It is starting.
                    return false;
                }
            });
        return data;
    }
}
