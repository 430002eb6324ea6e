namespace Sallyport.Portal.Overlay;

/// <summary>Something that a hub found and that nobody had ordered, or the reverse. The hub corrects it as it finds it; what was found stays here.</summary>
public sealed class HubDrift
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid HubId { get; init; }

    public required string Text { get; init; }

    public required DateTimeOffset Since { get; init; }

    public required DateTimeOffset LastSeenAt { get; set; }

    /// <summary>Null: the hub's last report still had it.</summary>
    public DateTimeOffset? HealedAt { get; set; }

    /// <summary>How often it came, when it came again within a short time.</summary>
    public int Times { get; set; } = 1;
}
