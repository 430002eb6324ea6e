using System.Buffers.Text;
using System.Security.Cryptography;

namespace Sallyport.Contracts.Signing;

/// <summary>An ECDSA P-256 public key as it travels: a key id and the base64url SubjectPublicKeyInfo (RFC 5480).</summary>
public sealed record PublicKey(string KeyId, string Spki)
{
    /// <summary>The key id is the first 128 bits of the SPKI's SHA-256, so that it cannot name another key.</summary>
    public static PublicKey Of(ECDsa key)
    {
        var spki = key.ExportSubjectPublicKeyInfo();
        return new PublicKey(IdOf(spki), Base64Url.EncodeToString(spki));
    }

    /// <exception cref="CryptographicException">Not a P-256 key, or the key id does not belong to it.</exception>
    public ECDsa Import()
    {
        byte[] spki;
        try
        {
            spki = Base64Url.DecodeFromChars(Spki);
        }
        catch (FormatException e)
        {
            throw new CryptographicException("The public key is not base64url.", e);
        }

        if (IdOf(spki) != KeyId)
        {
            throw new CryptographicException("The key id does not belong to the public key.");
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(spki, out var read);
            if (read != spki.Length || key.KeySize != 256 || key.ExportParameters(false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                throw new CryptographicException("Only P-256 keys are taken.");
            }

            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static string IdOf(byte[] spki) => Base64Url.EncodeToString(SHA256.HashData(spki).AsSpan(0, 16));
}
