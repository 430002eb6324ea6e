using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>OpenID Connect Core 1.0, section 3.1.3.7: every check that section asks for, with an allow-list of algorithms.</summary>
internal sealed class IdTokenValidator(ProviderMetadata provider, TimeProvider time)
{
    private const int MaxLength = 16 * 1024;
    private static readonly string[] Algorithms = ["ES256", "RS256"];
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    /// <exception cref="SignInException">It is not to be believed; the message says why.</exception>
    public async Task<ProvedIdentity> ValidateAsync(string token, string nonce, CancellationToken cancellationToken)
    {
        if (token.Length > MaxLength || token.Split('.') is not [var headerPart, var payloadPart, var signaturePart])
        {
            throw Unbelievable("is not a signed token");
        }

        JsonElement header, claims;
        byte[] signature;
        try
        {
            header = JsonElement.Parse(Base64Url.DecodeFromChars(headerPart));
            claims = JsonElement.Parse(Base64Url.DecodeFromChars(payloadPart));
            signature = Base64Url.DecodeFromChars(signaturePart);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw Unbelievable("cannot be read", e);
        }

        if (header.ValueKind != JsonValueKind.Object || claims.ValueKind != JsonValueKind.Object)
        {
            throw Unbelievable("cannot be read");
        }

        var algorithm = header.Text("alg");
        if (!Algorithms.Contains(algorithm, StringComparer.Ordinal) || header.TryGetProperty("crit", out _))
        {
            throw Unbelievable("is not signed with what is allowed here, which is " + string.Join(" or ", Algorithms));
        }

        var key = await provider.FindKeyAsync(header.Text("kid"), algorithm!, cancellationToken) ?? throw Unbelievable("is signed with a key that the provider does not publish");
        if (!key.Verify(algorithm!, Encoding.ASCII.GetBytes($"{headerPart}.{payloadPart}"), signature))
        {
            throw Unbelievable("is not signed by the provider: the signature is wrong");
        }

        var document = await provider.DocumentAsync(cancellationToken);
        var now = time.GetUtcNow();
        Require(claims.Text("iss") == document.Issuer, "was issued by another provider (iss)");
        Require(HasAudience(claims, provider.ClientId), "was made for another application (aud)");
        Require(!claims.TryGetProperty("azp", out _) || claims.Text("azp") == provider.ClientId, "was authorized for another application (azp)");
        Require(Seconds(claims, "exp") is { } exp && now < exp + ClockSkew, "has expired (exp)");
        Require(Seconds(claims, "iat") is { } iat && iat < now + ClockSkew, "is from the future (iat)");
        Require(claims.Text("nonce") == nonce, "answers another sign-in (nonce)");
        Require(claims.Text("sub") is { Length: > 0 and <= 255 }, "names nobody (sub)");
        return new ProvedIdentity(document.Issuer, claims.Text("sub")!, Seconds(claims, "auth_time"), [claims]);
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Unbelievable(otherwise);
        }
    }

    private static SignInException Unbelievable(string why, Exception? inner = null) => new(SignInFault.Token, $"The ID token {why}.", inner);

    private static bool HasAudience(JsonElement claims, string clientId) => claims.TryGetProperty("aud", out var aud) && aud.ValueKind switch
    {
        JsonValueKind.String => aud.ValueEquals(clientId),
        // More than one audience is only taken with an authorized party, which is checked on its own.
        JsonValueKind.Array => aud.EnumerateArray().Any(a => a.ValueKind == JsonValueKind.String && a.ValueEquals(clientId))
            && (aud.GetArrayLength() == 1 || claims.TryGetProperty("azp", out _)),
        _ => false,
    };

    private static DateTimeOffset? Seconds(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is > 0 and < 1e11
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
}
