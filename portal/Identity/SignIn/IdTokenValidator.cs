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

    /// <returns>The token's claims.</returns>
    /// <exception cref="SignInException">It is not to be believed; the message says why.</exception>
    public async Task<JsonElement> ValidateAsync(string token, string nonce, CancellationToken cancellationToken)
    {
        if (token.Length > MaxLength || token.Split('.') is not [var headerPart, var payloadPart, var signaturePart])
        {
            throw new SignInException("The ID token is not a signed token.");
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
            throw new SignInException("The ID token cannot be read.", e);
        }

        if (header.ValueKind != JsonValueKind.Object || claims.ValueKind != JsonValueKind.Object)
        {
            throw new SignInException("The ID token cannot be read.");
        }

        var algorithm = Text(header, "alg");
        if (!Algorithms.Contains(algorithm, StringComparer.Ordinal) || header.TryGetProperty("crit", out _))
        {
            throw new SignInException($"The ID token is signed with {algorithm ?? "nothing"}, which is not allowed.");
        }

        var key = await provider.FindKeyAsync(Text(header, "kid"), algorithm!, cancellationToken)
            ?? throw new SignInException("The ID token is signed with a key that the provider does not publish.");
        if (!key.Verify(algorithm!, Encoding.ASCII.GetBytes($"{headerPart}.{payloadPart}"), signature))
        {
            throw new SignInException("The ID token's signature is wrong.");
        }

        var document = await provider.DocumentAsync(cancellationToken);
        var now = time.GetUtcNow();
        Require(Text(claims, "iss") == document.Issuer, "was issued by another provider");
        Require(HasAudience(claims, provider.ClientId), "was made for another application");
        Require(Text(claims, "azp") is null || Text(claims, "azp") == provider.ClientId, "was authorized for another application");
        Require(Seconds(claims, "exp") is { } exp && now < exp + ClockSkew, "has expired");
        Require(Seconds(claims, "iat") is { } iat && iat < now + ClockSkew, "is from the future");
        Require(Text(claims, "nonce") == nonce, "answers another sign-in (nonce)");
        Require(Text(claims, "sub") is { Length: > 0 and <= 255 }, "names nobody");
        return claims;
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SignInException($"The ID token {otherwise}.");
        }
    }

    private static bool HasAudience(JsonElement claims, string clientId) => claims.TryGetProperty("aud", out var aud) && aud.ValueKind switch
    {
        JsonValueKind.String => aud.GetString() == clientId,
        // More than one audience is only taken with an authorized party, which is checked on its own.
        JsonValueKind.Array => aud.EnumerateArray().Any(a => a.ValueKind == JsonValueKind.String && a.GetString() == clientId)
            && (aud.GetArrayLength() == 1 || claims.TryGetProperty("azp", out _)),
        _ => false,
    };

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset? Seconds(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is > 0 and < 1e11
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
}
