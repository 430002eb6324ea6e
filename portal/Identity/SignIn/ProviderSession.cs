namespace Sallyport.Portal.Identity.SignIn;

/// <summary>The provider's own session that a sign-in came from (sid): a row of the embedded provider, or whatever another one calls it.</summary>
internal sealed record ProviderSession(Guid? Embedded, string? Other)
{
    public static ProviderSession Of(string? sid, bool isEmbedded) => isEmbedded ? new(Guid.TryParse(sid, out var id) ? id : null, null) : new(null, sid);
}
