using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Portal.Plants;

/// <summary>
/// A certificate with which an authority vouches for the key that the gateway signs in with (OpenSSH's PROTOCOL.certkeys). It is no
/// secret. Whether the authority's signature holds is the asset's to say, which knows the authority; here is read what an admin should see.
/// </summary>
/// <param name="KeyId">The name that the authority gave it.</param>
/// <param name="Principals">The accounts that it is for; empty: any.</param>
/// <param name="EndsAt">Null: never.</param>
internal sealed record UserCertificate(string KeyId, IReadOnlyList<string> Principals, DateTimeOffset StartsAt, DateTimeOffset? EndsAt)
{
    private const string Suffix = "-cert-v01@openssh.com";
    private const int MaxLength = 16 * 1024;
    private const uint ForUsers = 1;

    /// <param name="text">One line, as <c>ssh-keygen</c> writes it: kind, base64, and a comment that nobody reads.</param>
    /// <returns>Null: that is none for users.</returns>
    public static UserCertificate? Read(string text)
    {
        if (text.Length > MaxLength || text.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var kind, var body, ..] || !kind.EndsWith(Suffix, StringComparison.Ordinal) || text.Trim().Contains('\n', StringComparison.Ordinal))
        {
            return null;
        }

        var bytes = new byte[body.Length];
        return Convert.TryFromBase64String(body, bytes, out var length) ? Read(kind, new Fields(bytes.AsSpan(0, length))) : null;
    }

    /// <returns>For the admin: why it is of no use for this account; null: nothing is wrong.</returns>
    public string? Fault(string userName, DateTimeOffset now) =>
        EndsAt <= now ? $"This certificate ended at {EndsAt:yyyy-MM-dd HH:mm} UTC. Have a new one made."
        : Principals.Count > 0 && !Principals.Contains(userName) ? $"This certificate is not for {userName}: it is for {string.Join(", ", Principals.Take(5))}."
        : null;

    /// <summary>For the audit log: an authority may give the next one the same name.</summary>
    /// <param name="text">That it was read from.</param>
    public string Name(string text) => $"{KeyId} (SHA256:{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text))).TrimEnd('=')})";

    private static UserCertificate? Read(string kind, Fields fields)
    {
        if (fields.Text() != kind)
        {
            return null;
        }

        // The nonce, and then the key itself: of RSA exponent and modulus, of ECDSA curve and point, of Ed25519 the point alone.
        for (var i = kind.StartsWith("ssh-ed25519", StringComparison.Ordinal) ? 2 : 3; i > 0; i--)
        {
            fields.Bytes();
        }

        fields.Number(sizeof(ulong));
        var type = fields.Number(sizeof(uint));
        var keyId = fields.Text();
        var names = new Fields(fields.Bytes());
        var principals = new List<string>();
        while (names is { Failed: false, AtEnd: false })
        {
            principals.Add(names.Text());
        }

        var (from, to) = (fields.Number(sizeof(ulong)), fields.Number(sizeof(ulong)));
        return fields.Failed || names.Failed || type != ForUsers ? null : new UserCertificate(keyId, principals, Instant(from), to > (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? null : Instant(to));
    }

    private static DateTimeOffset Instant(ulong seconds) => DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(seconds, (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()));

    /// <summary>Strings and numbers one after the other (RFC 4251, section 5); after one that is not there, nothing more is.</summary>
    private ref struct Fields(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public bool Failed { get; private set; }

        public readonly bool AtEnd => _rest.IsEmpty;

        public string Text() => Encoding.UTF8.GetString(Bytes());

        public ReadOnlySpan<byte> Bytes() => Take(Number(sizeof(uint)));

        public ulong Number(int width)
        {
            var bytes = Take((ulong)width);
            return bytes.Length < width ? 0 : width == sizeof(uint) ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
        }

        private ReadOnlySpan<byte> Take(ulong count)
        {
            if (Failed || count > (ulong)_rest.Length)
            {
                Failed = true;
                return [];
            }

            var taken = _rest[..(int)count];
            _rest = _rest[(int)count..];
            return taken;
        }
    }
}
