using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Screen;

/// <summary>Screens, by VNC.</summary>
internal sealed class ScreenProtocol(TimeProvider time) : ISessionProtocol
{
    public ServiceKind Kind => ServiceKind.Vnc;

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapSessionSocket<ScreenHandler>("/screen");

    public Task<HostKeyScanResult> ScanAsync(HostKeyScan scan, CancellationToken cancellationToken) => ScreenConnection.ScanAsync(scan, time, cancellationToken);
}
