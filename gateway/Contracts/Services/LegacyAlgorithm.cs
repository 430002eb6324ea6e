namespace Sallyport.Contracts;

/// <summary>What two sides of an SSH connection agree on (RFC 4253, section 7.1).</summary>
public enum SshPurpose
{
    KeyExchange,
    HostKey,
    Encryption,
    Mac,
}

/// <summary>An algorithm of SSH that is weak and that the gateway can speak where an admin allows it.</summary>
/// <param name="Weakness">Why it is not offered without being asked for, for an admin who decides.</param>
public sealed record LegacyAlgorithm(string Name, SshPurpose Purpose, string Weakness)
{
    private const string Sha1 = "SHA-1 can be made to collide";
    private const string Cbc = "encrypted text can be attacked block by block";

    /// <summary>The better ones first.</summary>
    public static readonly IReadOnlyList<LegacyAlgorithm> All =
    [
        new("diffie-hellman-group14-sha1", SshPurpose.KeyExchange, Sha1),
        new("diffie-hellman-group1-sha1", SshPurpose.KeyExchange, "1024 bits can be broken by whoever has the means"),
        new("ssh-rsa", SshPurpose.HostKey, $"RSA signed with SHA-1: {Sha1}"),
        new("aes256-cbc", SshPurpose.Encryption, Cbc),
        new("aes192-cbc", SshPurpose.Encryption, Cbc),
        new("aes128-cbc", SshPurpose.Encryption, Cbc),
        new("3des-cbc", SshPurpose.Encryption, $"blocks of 64 bits, and {Cbc}"),
        new("hmac-sha1-etm@openssh.com", SshPurpose.Mac, "SHA-1, which is being given up"),
        new("hmac-sha1", SshPurpose.Mac, "SHA-1, which is being given up"),
    ];

    public static bool IsLegacy(string name) => All.Any(algorithm => algorithm.Name == name);
}
