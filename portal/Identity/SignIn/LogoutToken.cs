namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What a provider says by OpenID Connect Back-Channel Logout 1.0: whose sign-ins are over.</summary>
/// <param name="Subject">All of this person's, when there is no <paramref name="Session"/>; null where the provider names the session alone.</param>
/// <param name="Session">The provider's session (sid); null: all of them.</param>
internal sealed record LogoutToken(string Issuer, string? Subject, string? Session);

/// <summary>A logout token that came, remembered until it has expired, so that nobody who has a copy sends it again.</summary>
public sealed class ReceivedLogoutToken
{
    /// <summary>SHA-256 of issuer and jti.</summary>
    public required byte[] Id { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}
