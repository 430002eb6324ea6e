namespace Sallyport.Portal.Overlay;

/// <summary>The WireGuard concentrator that plants dial and that opens paths. Serves every tenant.</summary>
public sealed class Hub
{
    public required Guid Id { get; init; }

    public required string Name { get; set; }

    /// <summary>The key that the hub signs its link tokens with.</summary>
    public required string KeyId { get; init; }

    public required string Spki { get; init; }

    public required string WireGuardPublicKey { get; set; }

    /// <summary>Where plants dial in: <c>address:port</c>, UDP.</summary>
    public required string Endpoint { get; set; }

    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>What the hub last reported to have found and not been ordered, or the reverse.</summary>
    public string[] Drift { get; set; } = [];

    public required DateTimeOffset CreatedAt { get; init; }
}
