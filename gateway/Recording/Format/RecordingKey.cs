using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Recording.Format;

/// <summary>
/// A recording's own key, wrapped for the key-encryption key's holder: ephemeral ECDH on P-256, HKDF-SHA256 (RFC 5869),
/// AES-256-GCM. Who writes has the public half only, so that a gateway can never read a recording back.
/// </summary>
/// <param name="KeyId">Names the key-encryption key.</param>
/// <param name="Ephemeral">SubjectPublicKeyInfo, base64url.</param>
/// <param name="Wrapped">Ciphertext and tag, base64url; the nonce is zero, since the wrapping key is used once.</param>
public sealed record WrappedKey(string KeyId, string Ephemeral, string Wrapped)
{
    private static readonly byte[] Info = Encoding.ASCII.GetBytes("sallyport recording key v1");

    /// <param name="sessionId">Bound to the wrapping, so that a wrapped key cannot be moved to another recording.</param>
    public static WrappedKey Wrap(ReadOnlySpan<byte> key, RecordingRecipient recipient, Guid sessionId)
    {
        using var theirs = ECDiffieHellman.Create();
        theirs.ImportSubjectPublicKeyInfo(Base64Url.DecodeFromChars(recipient.Spki), out _);
        using var ours = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var wrapping = Derive(ours, theirs.PublicKey, sessionId);
        var wrapped = new byte[key.Length + Layout.TagLength];
        using var aes = new AesGcm(wrapping, Layout.TagLength);
        aes.Encrypt(new byte[Layout.NonceLength], key, wrapped.AsSpan(0, key.Length), wrapped.AsSpan(key.Length), sessionId.ToByteArray(bigEndian: true));
        CryptographicOperations.ZeroMemory(wrapping);
        return new WrappedKey(recipient.KeyId, Base64Url.EncodeToString(ours.ExportSubjectPublicKeyInfo()), Base64Url.EncodeToString(wrapped));
    }

    /// <exception cref="RecordingException">Made for another key, or altered.</exception>
    public byte[] Unwrap(ECDiffieHellman keyEncryptionKey, Guid sessionId)
    {
        try
        {
            using var theirs = ECDiffieHellman.Create();
            theirs.ImportSubjectPublicKeyInfo(Base64Url.DecodeFromChars(Ephemeral), out _);
            var wrapped = Base64Url.DecodeFromChars(Wrapped);
            if (wrapped.Length != 32 + Layout.TagLength)
            {
                throw new RecordingException("The wrapped key has the wrong length.");
            }

            var wrapping = Derive(keyEncryptionKey, theirs.PublicKey, sessionId);
            var key = new byte[32];
            using var aes = new AesGcm(wrapping, Layout.TagLength);
            aes.Decrypt(new byte[Layout.NonceLength], wrapped.AsSpan(0, 32), wrapped.AsSpan(32), key, sessionId.ToByteArray(bigEndian: true));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            throw new RecordingException("The recording's key cannot be opened: it was made for another key-encryption key, or altered.", e);
        }
    }

    private static byte[] Derive(ECDiffieHellman ours, ECDiffieHellmanPublicKey theirs, Guid sessionId)
    {
        var shared = ours.DeriveRawSecretAgreement(theirs);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32, sessionId.ToByteArray(bigEndian: true), Info);
        CryptographicOperations.ZeroMemory(shared);
        return key;
    }
}
