using Sallyport.Contracts;
using Sallyport.Contracts.Links;

namespace Sallyport.Gateway.Sessions;

/// <summary>A kind of service that this gateway brokers: one folder and one registration each. docs/adding-a-protocol.md shows how.</summary>
internal interface ISessionProtocol
{
    ServiceKind Kind { get; }

    /// <summary>Maps what browsers connect to. A protocol whose sessions have host names of their own maps nothing here.</summary>
    void Map(IEndpointRouteBuilder endpoints);

    /// <summary>Reads the key or certificate that a server shows, for an admin to compare and pin, and hangs up.</summary>
    Task<HostKeyScanResult> ScanAsync(HostKeyScan scan, CancellationToken cancellationToken);
}
