using Sallyport.Contracts;
using Sallyport.Contracts.Links;

namespace Sallyport.Benchmarks.Rig;

/// <summary>The gateway in front of a real sshd.</summary>
internal sealed class TerminalRig : IAsyncDisposable
{
    private readonly GatewayRig _gateway;

    private TerminalRig(GatewayRig gateway, SshServer asset) => (_gateway, Asset) = (gateway, asset);

    public SshServer Asset { get; }

    public int GatewayProcessId => _gateway.ProcessId;

    public static async Task<TerminalRig> StartAsync(CancellationToken cancellationToken)
    {
        var gateway = await GatewayRig.StartAsync(null, cancellationToken);
        var asset = await SshServer.StartAsync($"{gateway.Folder}/sshd", cancellationToken);
        var rig = new TerminalRig(gateway, asset);
        await Children.WaitAsync("The gateway", () => rig.AnswersAsync(cancellationToken), cancellationToken);
        return rig;
    }

    /// <summary>A browser's terminal on the asset, at its shell's prompt.</summary>
    public Task<BrowserTerminal> OpenAsync(CancellationToken cancellationToken)
    {
        var (ticket, _) = _gateway.NewTicket(order => order with
        {
            Kind = ServiceKind.Ssh,
            Port = Asset.Port,
            Credential = new AssetCredential("root", null, File.ReadAllText(Asset.KeyFile)),
            HostKey = Asset.HostKey,
        });
        return BrowserTerminal.OpenAsync(new Uri($"wss://127.0.0.1:{_gateway.Port}/terminal"), _gateway.Pin, ScriptedPortal.Origin, ticket, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Asset.DisposeAsync();
        await _gateway.DisposeAsync();
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
}
