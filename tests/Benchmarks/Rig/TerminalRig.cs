using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sallyport.Benchmarks.Rig;

/// <summary>
/// The real gateway program as a process of its own, as <c>deploy/up</c> starts it but with TLS towards the browser as in
/// production, between a scripted portal and a real sshd.
/// </summary>
internal sealed class TerminalRig : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ScriptedPortal _portal;
    private readonly Process _gateway;
    private readonly Uri _terminal;

    private TerminalRig(string folder, SshServer asset, ScriptedPortal portal, Process gateway, int port)
    {
        (_folder, Asset, _portal, _gateway) = (folder, asset, portal, gateway);
        _terminal = new Uri($"wss://127.0.0.1:{port}/terminal");
    }

    public SshServer Asset { get; }

    public int GatewayProcessId => _gateway.Id;

    public static async Task<TerminalRig> StartAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("sallyport-bench").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=Sallyport benchmark", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync($"{folder}/cert.pem", certificate.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync($"{folder}/key.pem", key.ExportPkcs8PrivateKeyPem(), cancellationToken);

        var asset = await SshServer.StartAsync($"{folder}/sshd", cancellationToken);
        var portal = await ScriptedPortal.StartAsync(asset, X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null), cancellationToken);
        var port = Children.FreePort();
        var gateway = Children.Start("dotnet", [GatewayProgram()], new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DOTNET_gcServer"] = "0",
            ["Logging__LogLevel__Default"] = "Warning",
            ["Kestrel__Endpoints__Public__Url"] = $"https://127.0.0.1:{port}",
            ["Kestrel__Endpoints__Public__Certificate__Path"] = $"{folder}/cert.pem",
            ["Kestrel__Endpoints__Public__Certificate__KeyPath"] = $"{folder}/key.pem",
            ["Gateway__PortalUrl"] = portal.Url,
            ["Gateway__PortalCertificatePin"] = portal.Pin,
            ["Gateway__Url"] = $"https://127.0.0.1:{port}",
            ["Gateway__OverlayAddress"] = "127.0.0.1",
            ["Gateway__DataFolder"] = $"{folder}/gateway",
            ["Gateway__RecordingStore"] = $"{folder}/recordings",
            ["Gateway__EnrollmentCode"] = "benchmark",
        });
        gateway.OutputDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        gateway.BeginOutputReadLine();
        var rig = new TerminalRig(folder, asset, portal, gateway, port);
        await Children.WaitAsync("The gateway", () => rig.AnswersAsync(cancellationToken), cancellationToken);
        return rig;
    }

    /// <summary>A browser's terminal on the asset, at its shell's prompt.</summary>
    public Task<BrowserTerminal> OpenAsync(CancellationToken cancellationToken) => BrowserTerminal.OpenAsync(_terminal, _portal.Pin, ScriptedPortal.Origin, _portal.NewTicket(), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _gateway.Kill();
        await _gateway.WaitForExitAsync();
        _gateway.Dispose();
        await _portal.DisposeAsync();
        await Asset.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // The first session also warms up what every later one uses.
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var terminal = await OpenAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is System.Net.WebSockets.WebSocketException or HttpRequestException or InvalidOperationException && !_gateway.HasExited)
        {
            return false;
        }
    }

    // Built beside this program, in the same configuration.
    private static string GatewayProgram()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(Repository.Root, "gateway/Gateway/bin", own.Parent!.Name, own.Name, "Sallyport.Gateway.dll");
    }
}
