using System.Diagnostics.Metrics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Monitoring;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Monitoring;

/// <summary>What Prometheus reads of a portal, and what nobody else does.</summary>
[Collection(PostgresCollection.Name)]
public sealed partial class MetricsTests(MetricsTests.MeasuredPortal portal) : IClassFixture<MetricsTests.MeasuredPortal>
{
    [Fact]
    public async Task Browsers_do_not_find_metrics_whoever_is_signed_in()
    {
        using var anybody = portal.NewBrowser();
        using var admin = await portal.SignedInAsync(Role.Admin);

        // Like every address that there is not: who is not signed in is asked to.
        using var sentAway = await anybody.Http.GetAsync("/metrics");
        using var unknown = await anybody.Http.GetAsync("/no-such-page");
        Assert.Equal(unknown.StatusCode, sentAway.StatusCode);
        Assert.DoesNotContain("# TYPE", await sentAway.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var answer = await admin.Http.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.DoesNotContain("# TYPE", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prometheus_reads_sign_ins_and_what_the_portal_holds()
    {
        using var technician = await portal.SignedInAsync(Role.Technician);
        await portal.Services.GetRequiredService<StateGauges>().MeasureAsync(default);

        var metrics = await portal.ScrapeAsync();

        Assert.Matches("""sallyport_portal_audit_entries_total\{.*sallyport_audit_action="sign-in",sallyport_audit_result="success".*\} [1-9]""", metrics);
        Assert.Matches("""sallyport_portal_session_count\{.*sallyport_service_kind="ssh",sallyport_session_state="active".*\} 0""", metrics);
        Assert.Matches("""sallyport_portal_sign_in_count\{?.*\}? [1-9]""", metrics);
        foreach (var family in new[] { "http_server_request_duration_seconds_bucket", "kestrel_active_connections", "dotnet_gc_collections_total", "db_client_connection_count" })
        {
            Assert.Contains($"\n{family}{{", metrics, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Labels_name_no_person_no_thing_and_no_secret()
    {
        var user = await portal.AddUserAsync(Role.Admin);
        using var browser = portal.NewBrowser();
        await browser.SignInAsync(user);
        foreach (var path in new[] { "/plants", $"/plants/{Guid.NewGuid()}", $"/sessions/{Guid.NewGuid()}", "/no-such-page?token=secret-of-a-test" })
        {
            using var _ = await browser.Http.GetAsync(path);
        }

        await portal.Services.GetRequiredService<StateGauges>().MeasureAsync(default);
        var series = (await portal.ScrapeAsync()).Split('\n').Where(line => line.Length > 0 && line[0] != '#' && !line.StartsWith("target_info", StringComparison.Ordinal)).ToList();

        Assert.DoesNotContain(series, line => Guids().IsMatch(line));
        Assert.All([user.UserName, user.User.Name, user.Password, "secret-of-a-test", "Test company", "no-such-page", portal.Database.Portal], secret =>
            Assert.DoesNotContain(series, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase)));

        // Our own have the attributes that are documented, and no others.
        var documented = MetricsDocument.Read();
        var attributes = documented.SelectMany(i => i.Attributes).Select(name => name.Replace('.', '_')).Append("le").Append("otel_scope_name").ToHashSet(StringComparer.Ordinal);
        var own = series.Where(line => line.StartsWith("sallyport_", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(own);
        Assert.All(own, line => Assert.All(Labels().Matches(line).Select(label => label.Groups["name"].Value), label => Assert.Contains(label, attributes)));
        var names = documented.Select(i => i.PrometheusName).ToHashSet(StringComparer.Ordinal);
        Assert.All(own.Select(line => line.Split('{', ' ')[0]), name => Assert.True(names.Contains(name) || names.Contains(HistogramParts().Replace(name, "")), name));
    }

    [Fact]
    public void Documented_metrics_are_those_that_the_portal_has() =>
        Assert.Equal(MetricsDocument.Documented("portal"), MetricsDocument.Measured(PortalMeter.Name, typeof(AuditMetrics), typeof(StateGauges)));

    [Theory]
    [InlineData("alerts.yml")]
    [InlineData("dashboard.json")]
    public async Task Alerts_and_dashboard_ask_for_metrics_and_labels_that_exist(string file)
    {
        using var browser = await portal.SignedInAsync(Role.Admin);
        var documented = MetricsDocument.Read();
        var scraped = await portal.ScrapeAsync();
        string[] known =
        [
            .. documented.Select(i => i.PrometheusName),
            .. documented.SelectMany(i => i.Attributes).Select(name => name.Replace('.', '_')),
            .. Labels().Matches(scraped).Select(label => label.Groups["name"].Value),
            .. scraped.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('{', ' ')[0]),
        ];

        var asked = Names().Matches(await File.ReadAllTextAsync(Path.Combine(MetricsDocument.Root, "deploy/monitoring", file))).Select(name => name.Value).Distinct().ToList();

        Assert.NotEmpty(asked);
        Assert.All(asked, name => Assert.True(known.Contains(name) || known.Contains(HistogramParts().Replace(name, "")), name));
    }

    [GeneratedRegex("[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Guids();

    [GeneratedRegex("""[{,](?<name>[a-zA-Z_][a-zA-Z0-9_]*)=""", RegexOptions.None, 1000)]
    private static partial Regex Labels();

    [GeneratedRegex("_(?:bucket|sum|count)$", RegexOptions.None, 1000)]
    private static partial Regex HistogramParts();

    [GeneratedRegex(@"\b(?:sallyport|http|kestrel|aspnetcore|signalr|dotnet|db)_[a-z0-9_]+\b", RegexOptions.None, 1000)]
    private static partial Regex Names();

    public sealed class MeasuredPortal : PortalInstance
    {
        private readonly Uri _metrics;

        public MeasuredPortal(PostgresCluster cluster)
            : base(cluster)
        {
            _metrics = new Uri($"http://127.0.0.1:{FreePort.Next()}/metrics");
            Settings = new() { ["Telemetry:Metrics"] = _metrics.Authority };
        }

        /// <summary>Where it is read: address and port.</summary>
        public string MetricsAddress => _metrics.Authority;

        public async Task<string> ScrapeAsync()
        {
            using var prometheus = new HttpClient();

            // A scrape that comes soon after another gets the same answer.
            return await prometheus.GetStringAsync(_metrics);
        }
    }
}
