namespace Sallyport.Portal.Overlay;

public enum EnrollmentKind
{
    Plant,
    Gateway,
    Hub,
}

/// <summary>
/// A one-time code that makes a plant's edge a peer, or a gateway or hub a component. Only its hash is kept; it is
/// spent by one atomic update, and a retry with the same key is answered again until it expires.
/// </summary>
public sealed class EnrollmentCode
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required EnrollmentKind Kind { get; init; }

    /// <summary>The plant, or the id that the component will have.</summary>
    public required Guid SubjectId { get; init; }

    /// <summary>The component's name; the plant has its own.</summary>
    public string? Name { get; init; }

    /// <summary>SHA-256.</summary>
    public required byte[] CodeHash { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>Which public key spent it.</summary>
    public string? UsedByKey { get; set; }
}
