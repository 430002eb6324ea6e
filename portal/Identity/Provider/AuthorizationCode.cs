namespace Sallyport.Portal.Identity.Provider;

/// <summary>A code on its way from the authorization to the token endpoint (RFC 6749, section 4.1.2): 60 s, one use, only its hash is kept.</summary>
public sealed class AuthorizationCode
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>How long a row stays after that: a code that comes again must still void the access token that it gave.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required byte[] CodeHash { get; init; }

    public required string ClientId { get; init; }

    public required string RedirectUri { get; init; }

    public required Guid AccountId { get; init; }

    /// <summary>It ends with it. Null: of a time when sign-ins were not kept.</summary>
    public Guid? SignInId { get; init; }

    public string? Nonce { get; init; }

    public required string CodeChallenge { get; init; }

    public required string Scope { get; init; }

    public required DateTimeOffset AuthenticatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>It was presented twice: what it gave is void (RFC 6749, section 4.1.2).</summary>
    public DateTimeOffset? RevokedAt { get; set; }
}
