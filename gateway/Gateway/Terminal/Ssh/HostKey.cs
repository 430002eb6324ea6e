using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>A server's public key (RFC 4253, section 6.6).</summary>
/// <param name="Blob">base64</param>
/// <param name="Algorithm">The kind of the key, such as <c>ssh-rsa</c>; not of a signature by it.</param>
internal sealed record HostKey(string Blob, string Algorithm)
{
    /// <summary>As OpenSSH prints it.</summary>
    public string Fingerprint => FingerprintOf(Blob);

    public static string FingerprintOf(string blob) => "SHA256:" + Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(blob))).TrimEnd('=');

    public static HostKey Of(ReadOnlySpan<byte> blob) => new(Convert.ToBase64String(blob), KindOf(blob));

    /// <summary>The kind of a pinned key; empty when it cannot be read.</summary>
    public static string KindOf(string blob)
    {
        // The kind comes first, and a key may be long: 96 digits are whole bytes and hold every kind.
        Span<byte> bytes = stackalloc byte[72];
        return Convert.TryFromBase64Chars(blob.AsSpan(0, Math.Min(blob.Length, 96)), bytes, out var count) ? KindOf(bytes[..count]) : "";
    }

    private static string KindOf(ReadOnlySpan<byte> blob) =>
        blob.Length > 4 && BinaryPrimitives.ReadUInt32BigEndian(blob) is > 0 and <= 64 and var length && blob.Length >= 4 + length
            ? Encoding.ASCII.GetString(blob.Slice(4, (int)length))
            : "";
}
