using System.Buffers.Text;
using System.Security.Cryptography;

namespace Sallyport.Portal.Identity.SignIn;

internal sealed record JsonWebKeySet(IReadOnlyList<JsonWebKey> Keys);

/// <summary>A public key of RFC 7517. Only what the allow-list can use: EC P-256 for ES256, RSA of 2048 bits or more for RS256.</summary>
internal sealed record JsonWebKey(string? Kty, string? Kid, string? Use, string? Alg, string? Crv, string? X, string? Y, string? N, string? E)
{
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
