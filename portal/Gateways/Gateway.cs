using System.Net;

namespace Sallyport.Portal.Gateways;

/// <summary>A session broker. Serves every tenant, holds nothing of any.</summary>
public sealed class Gateway
{
    public required Guid Id { get; init; }

    public required string Name { get; set; }

    /// <summary>The key that signs its link tokens and recordings. Empty: it was withdrawn, and a new one is awaited.</summary>
    public required string KeyId { get; set; }

    public required string Spki { get; set; }

    /// <summary>Where browsers reach it.</summary>
    public required string Url { get; set; }

    /// <summary>Below which its web sessions have their origins (see <see cref="Contracts.WebOrigins"/>); null: it serves none.</summary>
    public string? WebOrigin { get; set; }

    /// <summary>Where its connections to assets come from, as the hub sees it.</summary>
    public required IPAddress OverlayAddress { get; set; }

    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>Key ids that it had and has no more: none of them is ever taken again.</summary>
    public string[] WithdrawnKeys { get; set; } = [];

    /// <summary>When it was removed: from then on it is in no query that does not ask for what was.</summary>
    public DateTimeOffset? RemovedAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
}
