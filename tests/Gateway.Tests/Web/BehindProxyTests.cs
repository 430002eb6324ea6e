using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sallyport.Gateway.Tests.Terminal;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>The gateway behind an nginx that does TLS, as docs/settings.md has it.</summary>
public sealed class BehindProxyTests(DemoHmi hmi) : IClassFixture<DemoHmi>, IAsyncLifetime
{
    private const string ProxyAddress = "127.0.0.1";
    private static readonly IPAddress BrowserAddress = IPAddress.Parse("127.0.0.5");

    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-nginx").FullName;
    private readonly Uri _origin = new($"https://web.localhost:{FreePort.Next()}");
    private readonly int _port = FreePort.Next();
    private Process _nginx = null!;

    public async Task InitializeAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=proxy", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync($"{_folder}/cert.pem", certificate.ExportCertificatePem());
        await File.WriteAllTextAsync($"{_folder}/key.pem", key.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(
            $"{_folder}/nginx.conf",
            $$"""
            daemon off;
            user root;
            pid {{_folder}}/pid;
            error_log stderr;
            events { }
            http {
              access_log off;
              client_body_temp_path {{_folder}}/body;
              proxy_temp_path {{_folder}}/proxy;
              fastcgi_temp_path {{_folder}}/fastcgi;
              uwsgi_temp_path {{_folder}}/uwsgi;
              scgi_temp_path {{_folder}}/scgi;
              map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
              server {
                listen 127.0.0.1:{{_origin.Port}} ssl;
                ssl_certificate {{_folder}}/cert.pem;
                ssl_certificate_key {{_folder}}/key.pem;
                location / {
                  proxy_pass http://127.0.0.1:{{_port}};
                  proxy_bind {{ProxyAddress}};
                  proxy_http_version 1.1;
                  proxy_buffering off;
                  proxy_set_header Host $http_host;
                  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                  proxy_set_header X-Forwarded-Proto $scheme;
                  proxy_set_header Upgrade $http_upgrade;
                  proxy_set_header Connection $connection_upgrade;
                }
              }
            }

            """);
        _nginx = Process.Start(new ProcessStartInfo("nginx", ["-p", _folder, "-c", $"{_folder}/nginx.conf"]))!;
        await Listening.WaitAsync(_origin.Port);
    }

    public async Task DisposeAsync()
    {
        _nginx.Kill(entireProcessTree: true);
        await _nginx.WaitForExitAsync();
        _nginx.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Pages_cookies_and_sockets_work_and_the_users_own_address_is_known()
    {
        await using var gateway = await WebGateway.StartBehindAsync(_origin, _port, ProxyAddress);
        var order = hmi.Order();
        using var browser = new WebBrowser(gateway, order.SessionId, BrowserAddress);
        await browser.EnterAsync(gateway.Ticket(order));
        Assert.Equal(BrowserAddress.ToString(), gateway.Address);
        Assert.All(browser.Cookies.GetAllCookies(), cookie => Assert.True(cookie.Secure, cookie.Name));

        Assert.Contains($"{browser.Hmi}/app.js", await browser.GetStringAsync("/"), StringComparison.Ordinal);
        using var socket = await browser.OpenSocketAsync("/live");
        Assert.Contains("\"tick\":", await WebBrowser.ReceiveAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_cannot_name_another_session_or_the_gateway_itself_by_what_the_proxy_passes_on()
    {
        await using var gateway = await WebGateway.StartBehindAsync(_origin, _port, ProxyAddress);
        var (first, second) = (hmi.Order(), hmi.Order());
        using var browser = new WebBrowser(gateway, first.SessionId);
        await browser.EnterAsync(gateway.Ticket(first));
        using var other = new WebBrowser(gateway, second.SessionId);
        await other.EnterAsync(gateway.Ticket(second));

        using var answer = await browser.GetAsync("/", request => request.Headers.Add("X-Forwarded-Host", new Uri(other.Hmi).Authority));
        Assert.Contains(browser.Hmi, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var own = await browser.GetAsync("/health", request => request.Headers.Add("X-Forwarded-Host", $"localhost:{_port}"));
        Assert.DoesNotContain("the gateway itself", await own.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
