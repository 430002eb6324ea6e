using System.Diagnostics;
using Sallyport.Contracts;
using Sallyport.Gateway.Web;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>The demo plant's web HMI, behind its self-signed certificate.</summary>
public sealed class DemoHmi : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-hmi").FullName;
    private Process? _process;

    public static WebFormRecipe Recipe { get; } = new("/login", "name", "password", "/login", false, "STATION");

    public int Port { get; private set; }

    public string Pin { get; private set; } = "";

    public async Task InitializeAsync()
    {
        _process = Process.Start(new ProcessStartInfo(RepositoryRoot.Combine("tests/plant/web-hmi/run"), [_folder]) { RedirectStandardOutput = true })!;
        var ready = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The demo HMI did not start.");
        Port = int.Parse(ready.Split(' ')[1]);
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(Path.Combine(_folder, "cert.pem"));
        Pin = Gateway.Web.Asset.CertificatePin.Of(certificate);
    }

    /// <summary>An order for it, signed in as its operator.</summary>
    public WebSessionOrder Order(Func<WebSessionOrder, WebSessionOrder>? change = null) => WebGateway.Order(Port, order =>
    {
        order = order with { Tls = true, CertificateSha256 = Pin, Credential = new WebCredential.Form("operator", "demo", Recipe) };
        return change?.Invoke(order) ?? order;
    });

    public async Task DisposeAsync()
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
