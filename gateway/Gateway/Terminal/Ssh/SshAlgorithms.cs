using Sallyport.Contracts;
using ConnectionInfo = Renci.SshNet.ConnectionInfo;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>
/// What the gateway speaks with an asset, best first. SSH.NET offers old algorithms unasked, so every list is set here: what is
/// not named is not offered.
/// </summary>
internal sealed class SshAlgorithms
{
    // Group exchange is left out: SSH.NET calculates with whatever number the server sends, and one of 60 kB takes hours.
    // sntrup761 comes after curve25519 because making its key takes SSH.NET a tenth of a second.
    private static readonly string[] KeyExchanges =
    [
        "mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
        "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512", "diffie-hellman-group14-sha256",
    ];

    private static readonly string[] Ciphers = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr", "chacha20-poly1305@openssh.com"];

    private static readonly string[] Macs = ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"];

    // No certificates: what is pinned is the key itself.
    private static readonly string[] HostKeys = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"];

    // A few bytes can be compressed to fill the gateway's memory.
    private static readonly string[] Compressions = ["none"];

    private readonly Dictionary<SshPurpose, string[]> _accepted;

    /// <param name="legacy">What an admin allowed beside them; they come last, so that no asset is spoken with worse than it can. Names that are no <see cref="LegacyAlgorithm"/> are passed over.</param>
    public SshAlgorithms(IReadOnlyList<string>? legacy) => _accepted = new()
    {
        [SshPurpose.KeyExchange] = [.. KeyExchanges, .. Allowed(legacy, SshPurpose.KeyExchange)],
        [SshPurpose.HostKey] = [.. HostKeys, .. Allowed(legacy, SshPurpose.HostKey)],
        [SshPurpose.Encryption] = [.. Ciphers, .. Allowed(legacy, SshPurpose.Encryption)],
        [SshPurpose.Mac] = [.. Macs, .. Allowed(legacy, SshPurpose.Mac)],
    };

    public IReadOnlyList<string> this[SshPurpose purpose] => _accepted[purpose];

    /// <summary>Such a cipher proves by itself that nothing was changed: no MAC is agreed on beside it (RFC 5647, section 5.1).</summary>
    public static bool NeedsMac(string cipher) => !cipher.Contains("-gcm", StringComparison.Ordinal) && !cipher.StartsWith("chacha20", StringComparison.Ordinal);

    /// <param name="pinned">The kind of the key that is pinned: the server is asked for that one first when it has several.</param>
    public void Apply(ConnectionInfo connection, string? pinned)
    {
        Keep(connection.KeyExchangeAlgorithms, this[SshPurpose.KeyExchange]);
        Keep(connection.Encryptions, this[SshPurpose.Encryption]);
        Keep(connection.HmacAlgorithms, this[SshPurpose.Mac]);
        Keep(connection.HostKeyAlgorithms, this[SshPurpose.HostKey].OrderByDescending(name => IsOfKind(name, pinned)));
        Keep(connection.CompressionAlgorithms, Compressions);
    }

    private static IEnumerable<string> Allowed(IReadOnlyList<string>? legacy, SshPurpose purpose) =>
        LegacyAlgorithm.All.Where(algorithm => algorithm.Purpose == purpose && legacy?.Contains(algorithm.Name) == true).Select(algorithm => algorithm.Name);

    private static bool IsOfKind(string algorithm, string? kind) => algorithm == kind || (kind == "ssh-rsa" && algorithm.StartsWith("rsa-sha2-", StringComparison.Ordinal));

    private static void Keep<T>(Renci.SshNet.IOrderedDictionary<string, T> offered, IEnumerable<string> names)
    {
        (string Name, T Value)[] kept = [.. names.Select(name => (name, offered[name]))];
        offered.Clear();
        foreach (var (name, value) in kept)
        {
            offered.Add(name, value);
        }
    }
}
