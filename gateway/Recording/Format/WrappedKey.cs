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
internal sealed record WrappedKey(string KeyId, string Ephemeral, string Wrapped)
{
    private const int KeyLength = 32;

    private static readonly byte[] Label = Encoding.ASCII.GetBytes("sallyport recording key v1");

    /// <param name="description">The header's JSON as stored: the key cannot be moved beside another.</param>
    public static WrappedKey Wrap(ReadOnlySpan<byte> key, RecordingRecipient recipient, Guid sessionId, ReadOnlySpan<byte> description)
    {
        using var theirs = ECDiffieHellman.Create();
        theirs.ImportSubjectPublicKeyInfo(Base64Url.DecodeFromChars(recipient.Spki), out _);
        using var ours = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var ephemeral = ours.ExportSubjectPublicKeyInfo();
        var wrapping = Derive(ours, theirs.PublicKey, sessionId, Info(recipient.KeyId, ephemeral, theirs.ExportSubjectPublicKeyInfo(), description));
        var wrapped = new byte[key.Length + Layout.TagLength];
        using var aes = new AesGcm(wrapping, Layout.TagLength);
        aes.Encrypt(new byte[Layout.NonceLength], key, wrapped.AsSpan(0, key.Length), wrapped.AsSpan(key.Length));
        CryptographicOperations.ZeroMemory(wrapping);
        return new WrappedKey(recipient.KeyId, Base64Url.EncodeToString(ephemeral), Base64Url.EncodeToString(wrapped));
    }

    /// <exception cref="RecordingException">Made for another key, or it or the header was altered.</exception>
    public byte[] Unwrap(ECDiffieHellman keyEncryptionKey, Guid sessionId, ReadOnlySpan<byte> description)
    {
        try
        {
            var ephemeral = Base64Url.DecodeFromChars(Ephemeral);
            using var theirs = ECDiffieHellman.Create();
            theirs.ImportSubjectPublicKeyInfo(ephemeral, out _);
            var wrapped = Base64Url.DecodeFromChars(Wrapped);
            if (wrapped.Length != KeyLength + Layout.TagLength)
            {
                throw new RecordingException("The wrapped key has the wrong length.");
            }

            var wrapping = Derive(keyEncryptionKey, theirs.PublicKey, sessionId, Info(KeyId, ephemeral, keyEncryptionKey.ExportSubjectPublicKeyInfo(), description));
            var key = new byte[KeyLength];
            using var aes = new AesGcm(wrapping, Layout.TagLength);
            aes.Decrypt(new byte[Layout.NonceLength], wrapped.AsSpan(0, KeyLength), wrapped.AsSpan(KeyLength), key);
            CryptographicOperations.ZeroMemory(wrapping);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException or NotSupportedException)
        {
            throw new RecordingException("The recording's key cannot be opened: it was made for another key-encryption key, or it or the header was altered.", e);
        }
    }

    // Hashes have one length each, so that no two different sets of parts make the same bytes.
    private static byte[] Info(string keyId, ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> description) =>
    [
        .. Label,
        .. SHA256.HashData(description),
        .. SHA256.HashData(ephemeral),
        .. SHA256.HashData(recipient),
        .. SHA256.HashData(Encoding.UTF8.GetBytes(keyId)),
    ];

    private static byte[] Derive(ECDiffieHellman ours, ECDiffieHellmanPublicKey theirs, Guid sessionId, byte[] info)
    {
        var shared = ours.DeriveRawSecretAgreement(theirs);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, KeyLength, sessionId.ToByteArray(bigEndian: true), info);
        CryptographicOperations.ZeroMemory(shared);
        return key;
    }
}
