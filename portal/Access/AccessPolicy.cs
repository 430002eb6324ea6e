using Sallyport.Portal.Data;

namespace Sallyport.Portal.Access;

/// <summary>Who may ask for what, and for how long at most. A plant without one takes no requests.</summary>
public sealed class AccessPolicy : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required Guid PlantId { get; init; }

    /// <summary>The longest window that may be asked for.</summary>
    public required TimeSpan LongestWindow { get; set; }

    /// <summary>How far ahead a window may begin.</summary>
    public required TimeSpan FarthestStart { get; set; }
}
