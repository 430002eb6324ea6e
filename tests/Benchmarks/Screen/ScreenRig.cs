using System.Diagnostics;
using System.Net.WebSockets;
using Sallyport.Benchmarks.Rig;
using Sallyport.Contracts;

namespace Sallyport.Benchmarks.Screen;

/// <summary>One Xvnc with a program on it; in front of it the gateway and, beside that, Debian's websockify, both with TLS towards the browser.</summary>
internal sealed class ScreenRig : IAsyncDisposable
{
    private readonly GatewayRig _gateway;
    private readonly XServer _asset;
    private readonly Process _websockify;
    private readonly int _websockifyPort;

    private ScreenRig(GatewayRig gateway, XServer asset, Process websockify, int websockifyPort) =>
        (_gateway, _asset, _websockify, _websockifyPort) = (gateway, asset, websockify, websockifyPort);

    public int GatewayProcessId => _gateway.ProcessId;

    public int WebsockifyProcessId => _websockify.Id;

    /// <param name="program">What is to be seen, from the repository's root.</param>
    public static async Task<ScreenRig> StartAsync(string program, CancellationToken cancellationToken)
    {
        var gateway = await GatewayRig.StartAsync(null, cancellationToken);
        var asset = await XServer.StartAsync(cancellationToken);
        await asset.ShowAsync(program, cancellationToken);
        var port = FreePort.Next();
        var websockify = Children.Start("websockify", ["--ssl-only", "--cert", gateway.CertificateFile, "--key", gateway.KeyFile, $"127.0.0.1:{port}", $"127.0.0.1:{asset.Port}"], quiet: true);
        var rig = new ScreenRig(gateway, asset, websockify, port);
        await Children.WaitAsync("The gateway", () => AnswersAsync(rig.OpenAsync, cancellationToken), cancellationToken);
        await Children.WaitAsync("websockify", () => AnswersAsync(rig.OpenDirectAsync, cancellationToken), cancellationToken);
        return rig;
    }

    /// <summary>A session of the gateway.</summary>
    public async Task<ScreenClient> OpenAsync(CancellationToken cancellationToken) => (await OpenRecordedAsync(cancellationToken)).Screen;

    /// <summary>A session of the gateway, and where its recording is.</summary>
    public async Task<(ScreenClient Screen, Func<FileInfo> Recording)> OpenRecordedAsync(CancellationToken cancellationToken)
    {
        var (ticket, session) = _gateway.NewTicket(order => order with { Kind = ServiceKind.Vnc, Port = _asset.Port });
        var screen = await ScreenClient.StartAsync(await ScreenLink.ToGatewayAsync(_gateway.Port, ticket, cancellationToken), cancellationToken);
        return (screen, () => new FileInfo(Directory.GetFiles(_gateway.RecordingStore, $"{session}.sprec", SearchOption.AllDirectories).Single()));
    }

    /// <summary>The same Xvnc by websockify.</summary>
    public async Task<ScreenClient> OpenDirectAsync(CancellationToken cancellationToken) =>
        await ScreenClient.StartAsync(await ScreenLink.ToWebsockifyAsync(_websockifyPort, cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _websockify.Kill(entireProcessTree: true);
        await _websockify.WaitForExitAsync();
        _websockify.Dispose();
        await _asset.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    private static async Task<bool> AnswersAsync(Func<CancellationToken, Task<ScreenClient>> open, CancellationToken cancellationToken)
    {
        try
        {
            using var screen = await open(cancellationToken);
            await screen.NextAsync(cancellationToken);
            await screen.EndAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is WebSocketException or InvalidOperationException or HttpRequestException)
        {
            return false;
        }
    }
}
