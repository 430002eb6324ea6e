using System.Buffers.Binary;
using System.Text;

namespace Sallyport.Portal.Plants;

/// <summary>A private key with the passphrase that opens it, as they are sealed together.</summary>
/// <param name="Passphrase">Null: the key is open.</param>
internal sealed record LockedKey(string Key, string? Passphrase)
{
    // No key in PEM has it; what was sealed before keys could be locked is a key alone.
    private const char Between = '\0';

    private const string OpenSshBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
    private const string OpenSshEnd = "-----END OPENSSH PRIVATE KEY-----";

    /// <summary>What is sealed.</summary>
    public string Text => Passphrase is null ? Key : $"{Key}{Between}{Passphrase}";

    public static LockedKey Read(string text) =>
        text.IndexOf(Between, StringComparison.Ordinal) is >= 0 and var at ? new LockedKey(text[..at], text[(at + 1)..]) : new LockedKey(text, null);

    /// <summary>
    /// Whether a key is of no use without a passphrase: PKCS #8 and the older PEM say so in a line (RFC 7468, section 11; RFC 1421),
    /// OpenSSH's own form by the name of its cipher (its PROTOCOL.key).
    /// </summary>
    public static bool IsLocked(string key)
    {
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            return true;
        }

        var (begin, end) = (key.IndexOf(OpenSshBegin, StringComparison.Ordinal), key.IndexOf(OpenSshEnd, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
        {
            return false;
        }

        var body = string.Concat(key[(begin + OpenSshBegin.Length)..end].Where(c => !char.IsWhiteSpace(c)));
        var bytes = new byte[body.Length];
        ReadOnlySpan<byte> magic = "openssh-key-v1\0"u8;
        return Convert.TryFromBase64String(body, bytes, out var length) && bytes.AsSpan(0, length) is var read
            && read.StartsWith(magic) && read.Length > magic.Length + sizeof(uint)
            && BinaryPrimitives.ReadUInt32BigEndian(read[magic.Length..]) is <= 64 and var name && read.Length >= magic.Length + sizeof(uint) + (int)name
            && Encoding.ASCII.GetString(read.Slice(magic.Length + sizeof(uint), (int)name)) != "none";
    }

    /// <summary>Names no secret.</summary>
    public override string ToString() => nameof(LockedKey);
}
