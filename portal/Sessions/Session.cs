using Sallyport.Contracts;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Sessions;

public enum SessionState
{
    /// <summary>Waits for the plant's release.</summary>
    Releasing,

    /// <summary>The hub is opening the path.</summary>
    Opening,

    /// <summary>The path is open and a ticket was handed out.</summary>
    Ready,

    /// <summary>The gateway redeemed the ticket and relays.</summary>
    Active,
    Ended,
}

/// <summary>One connection of one user to one service, start to end.</summary>
public sealed class Session : ITenantOwned
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid TenantId { get; init; }

    public required Guid GrantId { get; init; }

    public required Guid UserId { get; init; }

    /// <summary>The sign-in that it was begun by and ends with; null: of a time when sign-ins were not kept.</summary>
    public Guid? SignInId { get; init; }

    public required Guid PlantId { get; init; }

    public required Guid AssetId { get; init; }

    public required Guid ServiceId { get; init; }

    public Guid? GatewayId { get; set; }

    public SessionState State { get; set; }

    /// <summary>Not after this, whatever happens: the grant's end when the session began, or as moved since.</summary>
    public required DateTimeOffset EndsAt { get; set; }

    /// <summary>
    /// The id of the newest ticket; only that one can be redeemed. While <see cref="TicketRedeemedAt"/> is null it begins the session; one
    /// that was issued later moves it to another browser, once, and is then forgotten.
    /// </summary>
    public string? TicketId { get; set; }

    public DateTimeOffset? TicketRedeemedAt { get; set; }

    /// <summary>When its path was open.</summary>
    public DateTimeOffset? ReadyAt { get; set; }

    public DateTimeOffset? TicketIssuedAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public SessionEndReason? EndReason { get; set; }

    public string? EndMessage { get; set; }

    public Guid? EndedById { get; set; }

    public string? ClientAddress { get; set; }

    /// <summary>What encrypts it between gateway and asset, and proves that nothing was changed, by name; null: the asset did not let anybody in, or speaks no SSH.</summary>
    public string[]? Algorithms { get; set; }

    /// <summary>Those of them that are weak and were allowed for this service.</summary>
    public IEnumerable<string> WeakAlgorithms => Algorithms?.Where(LegacyAlgorithm.IsLegacy) ?? [];

    /// <summary>Since when the user of a screen waits for control; null: does not.</summary>
    public DateTimeOffset? ControlWantedAt { get; set; }

    /// <summary>Who gave control of a screen that starts view-only; null: nobody has.</summary>
    public Guid? ControlGivenById { get; set; }
}
