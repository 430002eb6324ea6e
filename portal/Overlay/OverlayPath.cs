using System.Net;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Overlay;

/// <summary>One opened gateway → asset:port, as the portal ordered it. What has no row here shall not be open at the hub.</summary>
public sealed class OverlayPath : ITenantOwned
{
    /// <summary>The session's id, or a host key scan's.</summary>
    public required Guid Id { get; init; }

    public required Guid TenantId { get; init; }

    public required Guid HubId { get; init; }

    public required IPAddress Gateway { get; init; }

    /// <summary>The asset's address in the overlay.</summary>
    public required IPAddress Address { get; init; }

    public required int Port { get; init; }

    public required DateTimeOffset EndsAt { get; set; }
}
