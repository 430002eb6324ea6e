using System.Net;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Plants;

/// <summary>A device in a plant: HMI, PLC, panel, server.</summary>
public sealed class Asset : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required Guid PlantId { get; init; }

    public required string Name { get; set; }

    /// <summary>In the plant's own network (<see cref="Plant.LanPrefix"/>).</summary>
    public required IPAddress Address { get; set; }

    public string[] Tags { get; set; } = [];

    /// <summary>Null: as the plant's policy says.</summary>
    public bool? ReleaseRequired { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was removed: from then on nobody finds or reaches it, and only what was done there still names it.</summary>
    public DateTimeOffset? ArchivedAt { get; set; }

    /// <summary>Raised when its form is saved and when it is removed, so that the later of two admins is told.</summary>
    public int Version { get; set; }
}
