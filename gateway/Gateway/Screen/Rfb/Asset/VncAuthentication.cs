using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <summary>VNC authentication (RFC 6143, section 7.2.2): the password is the DES key that the server's challenge is encrypted with.</summary>
internal static class VncAuthentication
{
    public const int ChallengeLength = 16;

    // Any key that is not weak.
    private static readonly byte[] Helper = [0x13, 0x34, 0x57, 0x79, 0x9B, 0xBC, 0xDF, 0xF1];

    public static byte[] Response(string password, ReadOnlySpan<byte> challenge)
    {
        var key = Key(password);
        try
        {
            return Encrypt(key, challenge);
        }
        catch (CryptographicException e)
        {
            throw new RfbFailureException(
                new RfbFailure(RfbFailureKind.SecurityUnsupported, "The gateway's OpenSSL does not offer DES, which VNC passwords need. Install its legacy provider (Debian 13: openssl-provider-legacy)."), e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Key(string password)
    {
        var key = new byte[RfbLimits.PasswordLength];
        var bytes = Encoding.Latin1.GetBytes(password);
        for (var i = 0; i < Math.Min(bytes.Length, key.Length); i++)
        {
            // The first implementation took the bits of each byte in the other order, and all others follow it.
            for (var bit = 0; bit < 8; bit++)
            {
                key[i] |= (byte)((bytes[i] >> bit & 1) << (7 - bit));
            }
        }

        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    // .NET's DES refuses weak keys, and the empty password is one; its TripleDES refuses only equal neighbours. Triple DES decrypts as
    // D(helper) · E(key) · D(helper), so with the helper's encryption around it, E(key) is left.
    private static byte[] Encrypt(byte[] key, ReadOnlySpan<byte> challenge)
    {
#pragma warning disable CA5351, CA5350 // The protocol knows nothing else.
        using var inner = TripleDES.Create();
        inner.Key = [.. Helper, .. key, .. Helper];
        using var outer = DES.Create();
        outer.Key = Helper;
#pragma warning restore CA5351, CA5350
        return outer.EncryptEcb(inner.DecryptEcb(outer.EncryptEcb(challenge, PaddingMode.None), PaddingMode.None), PaddingMode.None);
    }
}
