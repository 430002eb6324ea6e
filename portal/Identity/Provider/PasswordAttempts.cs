namespace Sallyport.Portal.Identity.Provider;

/// <summary>How many wrong passwords were given for one account from one source since the last right one.</summary>
public sealed class PasswordAttempts
{
    /// <summary>The account's id; for a name that is no account, an id that stands for it; <see cref="Guid.Empty"/> for all that one address tried.</summary>
    public required Guid AccountId { get; init; }

    /// <summary>An <see cref="AttemptSource"/>.</summary>
    public required string Source { get; init; }

    public int Failures { get; set; }

    /// <summary>Until then no password is looked at.</summary>
    public DateTimeOffset BlockedUntil { get; set; }

    public DateTimeOffset LastAt { get; set; }

    /// <summary>Failures that the account's owner has not been told of, and when the first and the last of them was.</summary>
    public int Unreported { get; set; }

    public DateTimeOffset? FirstUnreportedAt { get; set; }

    public DateTimeOffset? LastUnreportedAt { get; set; }
}
