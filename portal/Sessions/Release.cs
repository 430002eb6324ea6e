using Sallyport.Portal.Data;

namespace Sallyport.Portal.Sessions;

public enum ReleaseState
{
    Waiting,
    Released,
    Refused,

    /// <summary>Nobody at the plant answered in time.</summary>
    Expired,
}

/// <summary>The plant's own "now" at a session's start (BSI IND.3.2.A8). Bound to that one session, and ends with it.</summary>
public sealed class Release : ITenantOwned
{
    /// <summary>How long a session waits for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>The session's id.</summary>
    public required Guid SessionId { get; init; }

    public required Guid TenantId { get; init; }

    public required Guid PlantId { get; init; }

    public ReleaseState State { get; set; }

    public required DateTimeOffset AskedAt { get; init; }

    public DateTimeOffset? AnsweredAt { get; set; }

    public Guid? OperatorId { get; set; }

    /// <summary>The operator has checked that nobody is in danger near the machine.</summary>
    public bool AreaClear { get; set; }

    public string? Comment { get; set; }
}
