using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Portal.Keys;

/// <summary>
/// Seals a service's credential for the database: AES-256-GCM under a key of the key folder, bound to the service's id and
/// to where it is presented, so that a sealed value cannot be moved to another row, and is of no use when an address, a
/// port or a form in its row is changed, whoever changes it. Layout: version 2, nonce (12 bytes), tag (16 bytes), text.
/// </summary>
/// <remarks>
/// Version 1 was bound to the id alone. What was sealed so is bound to the destination that its row has at the first start of
/// a portal that knows version 2 (<see cref="Plants.CredentialRebinding"/>); from then on version 1 is refused.
/// </remarks>
public sealed class CredentialSeal(KeyFolder keys)
{
    private const byte Version = 2;
    private const byte BoundToIdOnly = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const string AllBound = "credentials-bound-to-destinations";

    private readonly byte[] _key = keys.Symmetric("credentials");
    private volatile bool _allBound = keys.IsMarked(AllBound);

    /// <summary>Whether credentials that are bound to their id alone are refused.</summary>
    public bool AllAreBound => _allBound;

    public byte[] Seal(string secret, Guid serviceId, string destination)
    {
        var text = Encoding.UTF8.GetBytes(secret);
        var @sealed = new byte[1 + NonceLength + TagLength + text.Length];
        @sealed[0] = Version;
        var nonce = @sealed.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagLength);
        aes.Encrypt(nonce, text, @sealed.AsSpan(1 + NonceLength + TagLength), @sealed.AsSpan(1 + NonceLength, TagLength), Bound(serviceId, destination));
        CryptographicOperations.ZeroMemory(text);
        return @sealed;
    }

    /// <summary>Whether there is nothing in it: that can be told without the key.</summary>
    public static bool IsEmpty(byte[] @sealed) => @sealed.Length <= 1 + NonceLength + TagLength;

    public static bool IsBound(byte[] @sealed) => @sealed is [Version, ..];

    /// <exception cref="CryptographicException">Altered, of another service or destination, or sealed with another key.</exception>
    public string Open(byte[] @sealed, Guid serviceId, string destination)
    {
        if (@sealed.Length < 1 + NonceLength + TagLength || !(@sealed[0] == Version || (@sealed[0] == BoundToIdOnly && !_allBound)))
        {
            throw new CryptographicException("The sealed credential is not of a known form.");
        }

        var text = new byte[@sealed.Length - 1 - NonceLength - TagLength];
        using var aes = new AesGcm(_key, TagLength);
        var bound = @sealed[0] == Version ? Bound(serviceId, destination) : serviceId.ToByteArray();
        aes.Decrypt(@sealed.AsSpan(1, NonceLength), @sealed.AsSpan(1 + NonceLength + TagLength), @sealed.AsSpan(1 + NonceLength, TagLength), text, bound);
        return Encoding.UTF8.GetString(text);
    }

    /// <summary>Nothing is bound to its id alone any more, and nothing that is will be opened again.</summary>
    internal void RefuseUnbound()
    {
        keys.Mark(AllBound);
        _allBound = true;
    }

    private static byte[] Bound(Guid serviceId, string destination) => [.. serviceId.ToByteArray(), .. Encoding.UTF8.GetBytes(destination)];
}
