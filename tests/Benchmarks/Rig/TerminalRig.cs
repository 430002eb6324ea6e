using Sallyport.Contracts;
using Sallyport.Contracts.Links;

namespace Sallyport.Benchmarks.Rig;

/// <summary>The gateway in front of a real sshd.</summary>
internal sealed class TerminalRig : IAsyncDisposable
{
    // The same small shell whoever runs this: no profile of root's, and no .bashrc, which bash reads below sshd unless SHLVL says otherwise.
    private const string SmallShell = """
        ForceCommand if [ -n "$SSH_ORIGINAL_COMMAND" ]; then exec sh -c "$SSH_ORIGINAL_COMMAND"; else exec sh -i; fi
        SetEnv SHLVL=1
        MaxStartups 200
        """;

    private readonly GatewayRig _gateway;

    private TerminalRig(GatewayRig gateway, SshServer asset) => (_gateway, Asset) = (gateway, asset);

    public SshServer Asset { get; }

    public int GatewayProcessId => _gateway.ProcessId;

    public static async Task<TerminalRig> StartAsync(CancellationToken cancellationToken)
    {
        var gateway = await GatewayRig.StartAsync(null, cancellationToken);
        var asset = new SshServer { Settings = SmallShell };
        await asset.StartAsync(cancellationToken);
        var rig = new TerminalRig(gateway, asset);
        await Eventually.HoldsAsync("the gateway answers", () => rig.AnswersAsync(cancellationToken), cancellationToken: cancellationToken);
        return rig;
    }

    /// <summary>A browser's terminal on the asset, at its shell's prompt.</summary>
    public Task<BrowserTerminal> OpenAsync(CancellationToken cancellationToken)
    {
        var (ticket, _) = _gateway.NewTicket(order => order with
        {
            Kind = ServiceKind.Ssh,
            Port = Asset.Port,
            Credential = new AssetCredential("root", null, Asset.PrivateKey),
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
