using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sallyport.Portal.Identity.SignIn;

internal sealed record JsonWebKeySet(IReadOnlyList<JsonWebKey> Keys)
{
    /// <summary>Members that are not as they should be make their key unusable, not the set (RFC 7517, section 5).</summary>
    /// <exception cref="SignInException">It is no key set.</exception>
    public static JsonWebKeySet Read(JsonElement json, string url) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array
            ? new JsonWebKeySet([.. keys.EnumerateArray().Where(key => key.ValueKind == JsonValueKind.Object).Select(JsonWebKey.Read)])
            : throw new SignInException(SignInFault.Provider, $"The provider's keys at {url} are no key set.");

    /// <summary>The key that a token names; when it names none, the only one there is for the algorithm.</summary>
    public JsonWebKey? Find(string? keyId, string algorithm)
    {
        var fitting = Keys.Where(key => key.Fits(algorithm)).ToList();
        return keyId is null ? (fitting.Count == 1 ? fitting[0] : null) : fitting.Find(key => key.Kid == keyId);
    }
}

/// <summary>A public key of RFC 7517. Only what the allow-list can use: EC P-256 for ES256, RSA of 2048 bits or more for RS256.</summary>
internal sealed record JsonWebKey(string? Kty, string? Kid, string? Use, string? Alg, string? Crv, string? X, string? Y, string? N, string? E)
{
    public static JsonWebKey Read(JsonElement json) =>
        new(json.Text("kty"), json.Text("kid"), json.Text("use"), json.Text("alg"), json.Text("crv"), json.Text("x"), json.Text("y"), json.Text("n"), json.Text("e"));

    public bool Fits(string algorithm) =>
        Use is null or "sig"
        && (Alg is null || Alg == algorithm)
        && algorithm switch
        {
            "ES256" => Kty == "EC" && Crv == "P-256",
            "RS256" => Kty == "RSA",
            _ => false,
        };

    public bool Verify(string algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        try
        {
            if (algorithm == "ES256")
            {
                using var ec = ECDsa.Create(new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = Base64Url.DecodeFromChars(X), Y = Base64Url.DecodeFromChars(Y) },
                });
                return ec.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }

            using var rsa = RSA.Create(new RSAParameters { Modulus = Base64Url.DecodeFromChars(N), Exponent = Base64Url.DecodeFromChars(E) });
            return rsa.KeySize >= 2048 && rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            return false;
        }
    }
}
