using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sallyport.Contracts.Signing;

/// <summary>
/// JWS Compact Serialization (RFC 7515, section 3.1) with ES256 (RFC 7518, section 3.4) and nothing else:
/// no "none", no HMAC, no "jwk", "jku" or "x5u" headers, no critical extensions.
/// </summary>
public static class CompactJws
{
    /// <summary>Longest token that is looked at, in characters.</summary>
    public const int MaxLength = 8 * 1024;

    private static readonly JsonSerializerOptions HeaderOptions = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Signs <paramref name="payload"/> as JSON.</summary>
    /// <param name="type">The "typ" header: which kind of token this is, so that one kind cannot stand in for another.</param>
    public static string Sign<T>(T payload, string type, string keyId, ECDsa key)
    {
        var header = JsonSerializer.SerializeToUtf8Bytes(new Header("ES256", type, keyId, null), HeaderOptions);
        var body = JsonSerializer.SerializeToUtf8Bytes(payload, JsonSerializerOptions.Web);
        var signingInput = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(body)}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(signingInput), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signingInput}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>
    /// The payload, when the token is well formed, is of the wanted type and is signed by the key that
    /// <paramref name="findKey"/> gives for its "kid"; else null. Says nothing about expiry or audience.
    /// </summary>
    public static T? Verify<T>(string token, string type, Func<string, ECDsa?> findKey)
        where T : class
    {
        if (token.Length > MaxLength || token.Split('.') is not [var headerPart, var payloadPart, var signaturePart])
        {
            return null;
        }

        try
        {
            var header = JsonSerializer.Deserialize<Header>(Base64Url.DecodeFromChars(headerPart), HeaderOptions);
            if (header is not { Alg: "ES256", Kid: { } kid, Crit: null } || header.Typ != type || findKey(kid) is not { } key)
            {
                return null;
            }

            var signingInput = Encoding.ASCII.GetBytes($"{headerPart}.{payloadPart}");
            return key.VerifyData(signingInput, Base64Url.DecodeFromChars(signaturePart), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
                ? JsonSerializer.Deserialize<T>(Base64Url.DecodeFromChars(payloadPart), JsonSerializerOptions.Web)
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    private sealed record Header(string? Alg, string? Typ, string? Kid, JsonElement? Crit);
}
