namespace Sallyport.Gateway.Sessions;

/// <summary>What a browser with a ticket came to: its session, or why it has none.</summary>
internal sealed record OpenOutcome<TSession>
    where TSession : BrokeredSession
{
    private OpenOutcome(TSession? session, RefusedMessage? refusal) => (Session, Refusal) = (session, refusal);

    /// <summary>Null: it was refused.</summary>
    public TSession? Session { get; }

    /// <summary>Null: it was not.</summary>
    public RefusedMessage? Refusal { get; }

    public static implicit operator OpenOutcome<TSession>(TSession session) => new(session, null);

    public static implicit operator OpenOutcome<TSession>(RefusedMessage refusal) => new(null, refusal);
}
