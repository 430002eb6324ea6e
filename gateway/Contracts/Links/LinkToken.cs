using System.Security.Cryptography;
using Sallyport.Contracts.Signing;

namespace Sallyport.Contracts.Links;

/// <summary>
/// How a gateway or hub proves who it is on each request of the control link: a bearer token that it signs with its
/// own key (in the manner of RFC 7523). The portal stores public keys only.
/// </summary>
/// <param name="Iss">The component's id.</param>
public sealed record LinkToken(Guid Iss, string Aud, string Jti, long Iat, long Exp)
{
    public const string Type = "sallyport-link+jwt";
    public const string Audience = "sallyport-link";

    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    public static string Create(Guid componentId, DateTimeOffset now, string keyId, ECDsa key)
    {
        var claims = new LinkToken(componentId, Audience, Guid.NewGuid().ToString("N"), now.ToUnixTimeSeconds(), (now + Lifetime).ToUnixTimeSeconds());
        return CompactJws.Sign(claims, Type, keyId, key);
    }

    /// <summary>The claims, or null when the token is not a valid one of a key that <paramref name="findKey"/> knows.</summary>
    public static LinkToken? Check(string token, DateTimeOffset now, Func<string, ECDsa?> findKey)
    {
        var claims = CompactJws.Verify<LinkToken>(token, Type, findKey);
        return claims is { Aud: Audience }
            && now <= DateTimeOffset.FromUnixTimeSeconds(claims.Exp) + ClockSkew
            && now >= DateTimeOffset.FromUnixTimeSeconds(claims.Iat) - ClockSkew
            && claims.Exp - claims.Iat <= Lifetime.TotalSeconds
            ? claims
            : null;
    }
}
