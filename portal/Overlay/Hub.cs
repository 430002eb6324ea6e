namespace Sallyport.Portal.Overlay;

/// <summary>The WireGuard concentrator that plants dial and that opens paths. Serves every tenant.</summary>
public sealed class Hub
{
    public required Guid Id { get; init; }

    public required string Name { get; set; }

    /// <summary>The key that the hub signs its link tokens with. Empty: it was withdrawn, and a new one is awaited.</summary>
    public required string KeyId { get; set; }

    public required string Spki { get; set; }

    public required string WireGuardPublicKey { get; set; }

    /// <summary>Where plants dial in: <c>address:port</c>, UDP.</summary>
    public required string Endpoint { get; set; }

    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>Key ids that it had and has no more: none of them is ever taken again.</summary>
    public string[] WithdrawnKeys { get; set; } = [];

    /// <summary>When it was removed: from then on it is in no query that does not ask for what was.</summary>
    public DateTimeOffset? RemovedAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
}
