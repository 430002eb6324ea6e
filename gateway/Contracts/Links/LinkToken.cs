using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Sallyport.Contracts.Signing;

namespace Sallyport.Contracts.Links;

/// <summary>
/// How a gateway or hub proves who it is on each request of the control link: a bearer token that it signs with its
/// own key (in the manner of RFC 7523). It is for one request, once: it names the method, the path (as in RFC 9449, section 4.2)
/// and the body's hash, and the portal remembers its id for as long as it lives. The portal stores public keys only.
/// </summary>
/// <param name="Iss">The component's id.</param>
/// <param name="Htm">The request's method.</param>
/// <param name="Htu">The request's path.</param>
/// <param name="Bh">SHA-256 of the request's body, base64url; every request on the link has its whole body before it is sent.</param>
public sealed record LinkToken(Guid Iss, string Aud, string Jti, long Iat, long Exp, string Htm, string Htu, string Bh)
{
    /// <summary>Longest id that is remembered, in characters.</summary>
    private const int LongestId = 64;

    public const string Type = "sallyport-link+jwt";
    public const string Audience = "sallyport-link";

    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>Until when it could be taken, and must be remembered.</summary>
    [JsonIgnore]
    public DateTimeOffset GoodUntil => DateTimeOffset.FromUnixTimeSeconds(Exp) + ClockSkew;

    public static string Create(Guid componentId, DateTimeOffset now, string keyId, ECDsa key, string method, string path, ReadOnlySpan<byte> body)
    {
        var claims = new LinkToken(componentId, Audience, Guid.NewGuid().ToString("N"), now.ToUnixTimeSeconds(), (now + Lifetime).ToUnixTimeSeconds(), method, path, Base64Url.EncodeToString(SHA256.HashData(body)));
        return CompactJws.Sign(claims, Type, keyId, key);
    }

    /// <summary>The claims, or null when the token is not a valid one of a key that <paramref name="findKey"/> knows.</summary>
    public static LinkToken? Check(string token, DateTimeOffset now, Func<string, ECDsa?> findKey)
    {
        var claims = CompactJws.Verify<LinkToken>(token, Type, findKey);
        return claims is { Aud: Audience, Jti.Length: > 0 and <= LongestId }
            && now <= claims.GoodUntil
            && now >= DateTimeOffset.FromUnixTimeSeconds(claims.Iat) - ClockSkew
            && claims.Exp - claims.Iat <= Lifetime.TotalSeconds
            ? claims
            : null;
    }

    /// <summary>Whether it was made for this request and no other.</summary>
    /// <param name="bodyHash">SHA-256.</param>
    public bool IsFor(string method, string path, ReadOnlySpan<byte> bodyHash) => Htm == method && Htu == path && Bh == Base64Url.EncodeToString(bodyHash);
}
