using System.Diagnostics;
using Sallyport.Gateway.Web.Asset;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary><c>openssl s_server</c> as a web server with one TLS version and a small old key; its page says what was negotiated.</summary>
internal sealed class OpenSslServer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-openssl").FullName;
    private Process? _process;

    public int Port { get; private init; }

    public string Pin { get; private set; } = "";

    public static async Task<OpenSslServer> StartAsync(int port, string version)
    {
        var server = new OpenSslServer { Port = port };
        using var make = Process.Start(new ProcessStartInfo(
            "openssl",
            ["req", "-x509", "-newkey", "rsa:1024", "-sha1", "-nodes", "-days", "30", "-subj", "/CN=old panel", "-keyout", $"{server._folder}/key.pem", "-out", $"{server._folder}/cert.pem"])
        { RedirectStandardError = true })!;
        await make.WaitForExitAsync();
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile($"{server._folder}/cert.pem");
        server.Pin = CertificatePin.Of(certificate);

        // The key is weak for any; only the old versions must need the service's consent.
        server._process = Process.Start(new ProcessStartInfo(
            "openssl",
            ["s_server", "-accept", $"127.0.0.1:{port}", "-key", $"{server._folder}/key.pem", "-cert", $"{server._folder}/cert.pem", version, "-cipher", "ALL:@SECLEVEL=0", "-www"])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await Listening.WaitAsync(port);
        return server;
    }

    public async Task StopAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        _process?.Kill();
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
