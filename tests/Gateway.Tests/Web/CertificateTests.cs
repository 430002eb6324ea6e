using System.Net;
using System.Net.Sockets;
using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Tests.Terminal;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web.Asset;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>The asset's certificate, pinned as a host key is; and TLS of the years when panels were built, by a real OpenSSL that speaks nothing else.</summary>
public sealed class CertificateTests(DemoHmi hmi) : IClassFixture<DemoHmi>
{
    [Fact]
    public async Task A_scan_tells_what_there_is_to_pin()
    {
        var result = await CertificateScan.ScanAsync(new IPEndPoint(IPAddress.Loopback, hmi.Port), "127.0.0.1", CancellationToken.None);
        Assert.Equal((hmi.Pin, "CN=demo-station, O=Demo waterworks", false, null), (result.Sha256, result.Subject, result.NeedsLegacyTls, result.Error));
        Assert.True(result.NotAfter > DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task A_scan_of_what_is_no_tls_or_nothing_says_so()
    {
        await using var plain = await WebGateway.StartAsync();
        var noTls = await CertificateScan.ScanAsync(new IPEndPoint(IPAddress.Loopback, plain.Port), "127.0.0.1", CancellationToken.None);
        Assert.Contains("not with TLS", noTls.Error, StringComparison.Ordinal);
        var nothing = await CertificateScan.ScanAsync(new IPEndPoint(IPAddress.Loopback, FreePort.Next()), "127.0.0.1", CancellationToken.None);
        Assert.Contains("does not answer", nothing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_asset_that_takes_a_connection_and_ignores_tls_is_not_said_to_be_switched_off()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var target = new WebTarget((IPEndPoint)silent.LocalEndpoint, Tls: true, "127.0.0.1", [], hmi.Pin, LegacyTls: false);
        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => AssetCheck.ConnectAsync(target, TimeSpan.FromSeconds(2), CancellationToken.None));
        Assert.Contains("takes a connection", failure.Message, StringComparison.Ordinal);

        // Who gives up waiting is not told of the asset at all.
        using var left = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AssetCheck.ConnectAsync(target, TimeSpan.FromSeconds(30), left.Token));
    }

    [Theory]
    [InlineData(null, "No certificate is pinned")]
    [InlineData("00:11", "No certificate is pinned")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "another certificate than the one that was pinned")]
    public async Task Another_certificate_or_none_pinned_opens_nothing(string? pin, string expected)
    {
        await using var gateway = await WebGateway.StartAsync();
        var order = hmi.Order(o => o with { CertificateSha256 = pin });
        using var browser = new WebBrowser(gateway, order.SessionId);
        using var answer = await browser.GetAsync($"{browser.Bar}/?ticket={gateway.Ticket(order)}");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains(expected, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pin_may_be_written_as_browsers_show_it()
    {
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(hmi.Order(o => o with { CertificateSha256 = CertificatePin.Display(hmi.Pin) }));
        Assert.Contains("Level set-point", await browser.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_changes_under_way_ends_the_session()
    {
        var port = FreePort.Next();
        using var first = await OpenSslServer.StartAsync(port, "-tls1_2");
        await using var gateway = await WebGateway.StartAsync();
        using var browser = await gateway.ConnectAsync(port, o => o with { Tls = true, CertificateSha256 = first.Pin });
        var session = gateway.Sessions.Find(browser.SessionId)!;
        await first.StopAsync();
        using var second = await OpenSslServer.StartAsync(port, "-tls1_2");
        using var answer = await browser.GetAsync("/");
        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.Equal(SessionEndReason.HostKeyChanged, session.Ended?.Reason);
    }

    [Theory]
    [InlineData("-tls1")]
    [InlineData("-tls1_1")]
    public async Task Old_tls_works_only_where_the_service_says_so(string version)
    {
        using var server = await OpenSslServer.StartAsync(FreePort.Next(), version);
        var scan = await CertificateScan.ScanAsync(new IPEndPoint(IPAddress.Loopback, server.Port), "127.0.0.1", CancellationToken.None);
        Assert.Equal((server.Pin, true), (scan.Sha256, scan.NeedsLegacyTls));

        await using var gateway = await WebGateway.StartAsync();
        var refused = WebGateway.Order(server.Port, o => o with { Tls = true, CertificateSha256 = server.Pin });
        using var modern = new WebBrowser(gateway, refused.SessionId);
        using var answer = await modern.GetAsync($"{modern.Bar}/?ticket={gateway.Ticket(refused)}");
        Assert.Contains("an admin can allow old TLS", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var browser = await gateway.ConnectAsync(server.Port, o => o with { Tls = true, CertificateSha256 = server.Pin, LegacyTls = true });
        Assert.Contains(version == "-tls1" ? "TLSv1\n" : "TLSv1.1\n", await browser.GetStringAsync("/"), StringComparison.Ordinal);

        // The pin counts here as anywhere.
        var other = WebGateway.Order(server.Port, o => o with { Tls = true, CertificateSha256 = new string('0', 64), LegacyTls = true });
        using var wrong = new WebBrowser(gateway, other.SessionId);
        using var pinned = await wrong.GetAsync($"{wrong.Bar}/?ticket={gateway.Ticket(other)}");
        Assert.Equal(HttpStatusCode.Forbidden, pinned.StatusCode);
    }
}
