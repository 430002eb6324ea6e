namespace Sallyport.Portal.Identity.Provider;

/// <summary>One time that somebody typed the password of an account, in one browser. The provider's cookie points to it.</summary>
public sealed class ProviderSignIn
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid AccountId { get; init; }

    public required DateTimeOffset AuthenticatedAt { get; init; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Applications that it gave codes to, and that have not heard of its end yet.</summary>
    public string[] Informs { get; set; } = [];

    /// <summary>When they are told of it next; null before the end, and when all have heard.</summary>
    public DateTimeOffset? InformAt { get; set; }
}
