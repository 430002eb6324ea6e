using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Portal.Keys;

/// <summary>
/// Seals a service's credential for the database: AES-256-GCM under a key of the key folder, bound to the service's id
/// so that a sealed value cannot be moved to another row. Layout: version 1, nonce (12 bytes), tag (16 bytes), text.
/// </summary>
public sealed class CredentialSeal(KeyFolder keys)
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly byte[] _key = keys.Symmetric("credentials");

    public byte[] Seal(string secret, Guid serviceId)
    {
        var text = Encoding.UTF8.GetBytes(secret);
        var @sealed = new byte[1 + NonceLength + TagLength + text.Length];
        @sealed[0] = Version;
        var nonce = @sealed.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagLength);
        aes.Encrypt(nonce, text, @sealed.AsSpan(1 + NonceLength + TagLength), @sealed.AsSpan(1 + NonceLength, TagLength), serviceId.ToByteArray());
        CryptographicOperations.ZeroMemory(text);
        return @sealed;
    }

    /// <summary>Whether there is nothing in it: that can be told without the key.</summary>
    public static bool IsEmpty(byte[] @sealed) => @sealed.Length <= 1 + NonceLength + TagLength;

    /// <exception cref="CryptographicException">Altered, of another service, or sealed with another key.</exception>
    public string Open(byte[] @sealed, Guid serviceId)
    {
        if (@sealed.Length < 1 + NonceLength + TagLength || @sealed[0] != Version)
        {
            throw new CryptographicException("The sealed credential is not of a known form.");
        }

        var text = new byte[@sealed.Length - 1 - NonceLength - TagLength];
        using var aes = new AesGcm(_key, TagLength);
        aes.Decrypt(@sealed.AsSpan(1, NonceLength), @sealed.AsSpan(1 + NonceLength + TagLength), @sealed.AsSpan(1 + NonceLength, TagLength), text, serviceId.ToByteArray());
        return Encoding.UTF8.GetString(text);
    }
}
