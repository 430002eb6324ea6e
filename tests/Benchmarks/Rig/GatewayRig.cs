using System.Diagnostics;
using Sallyport.Contracts.Links;

namespace Sallyport.Benchmarks.Rig;

/// <summary>
/// The real gateway program as a process of its own, as <c>deploy/up</c> starts it but with TLS towards the browser as in
/// production, and the scripted portal that it belongs to.
/// </summary>
internal sealed class GatewayRig : IAsyncDisposable
{
    private readonly ScriptedPortal _portal;
    private readonly Process _process;

    private GatewayRig(string folder, ScriptedPortal portal, Process process, int port) => (Folder, _portal, _process, Port) = (folder, portal, process, port);

    /// <summary>For whatever belongs to one measurement; gone with it.</summary>
    public string Folder { get; }

    public int Port { get; }

    public int ProcessId => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>As the gateway's <c>PortalCertificatePin</c>: everything here shows the same certificate.</summary>
    public string Pin => _portal.Pin;

    public string CertificateFile => $"{Folder}/cert.pem";

    public string KeyFile => $"{Folder}/key.pem";

    /// <summary>Where the gateway keeps its recordings.</summary>
    public string RecordingStore => $"{Folder}/recordings";

    /// <param name="webOrigin">Where its web sessions are, from its port; null: it has none.</param>
    public static async Task<GatewayRig> StartAsync(Func<int, string>? webOrigin, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("sallyport-bench").FullName;
        var portal = await ScriptedPortal.StartAsync(await SelfSigned.WriteAsync("Sallyport benchmark", folder, cancellationToken), cancellationToken);
        var port = FreePort.Next();
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
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
        };
        if (webOrigin is not null)
        {
            settings["Gateway__Web__Origin"] = webOrigin(port);
            settings["Gateway__Web__AllowLocalAssets"] = "true";
        }

        var process = Children.Start("dotnet", [GatewayProgram()], settings);
        process.OutputDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        return new GatewayRig(folder, portal, process, port);
    }

    /// <summary>A ticket for one service of one asset.</summary>
    /// <param name="describe">Kind, address, credential; everything else is said already.</param>
    public (string Ticket, Guid Session) NewTicket(Func<SessionSpec, SessionSpec> describe) => _portal.NewTicket(describe);

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        await _portal.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    // Built beside this program, in the same configuration.
    private static string GatewayProgram()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(RepositoryRoot.Folder, "gateway/Gateway/bin", own.Parent!.Name, own.Name, "Sallyport.Gateway.dll");
    }
}
