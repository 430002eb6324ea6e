using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Terminal;

/// <summary>Terminals, by SSH.</summary>
internal sealed class TerminalProtocol : ISessionProtocol
{
    public ServiceKind Kind => ServiceKind.Ssh;

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapSessionSocket<TerminalHandler>("/terminal");

    public Task<HostKeyScanResult> ScanAsync(HostKeyScan scan, CancellationToken cancellationToken) =>
        HostKeyScanner.ScanAsync(new SshDestination(scan.Address, scan.Port, null, scan.LegacySsh), cancellationToken);
}
