using Sallyport.Contracts;

namespace Sallyport.Portal.Plants;

/// <summary>What a service must and may say, by its kind.</summary>
internal static class ServiceRules
{
    private const int MaxSecret = 16 * 1024;
    private const int MaxPassphrase = 1024;

    /// <summary>Bytes of a VNC password that count (RFC 6143, section 7.2.2).</summary>
    private const int VncPasswordLength = 8;

    /// <returns>What is wrong, for the admin; null: nothing.</returns>
    public static string? Fault(ServiceSpec spec)
    {
        if (spec.Name.Trim() is not { Length: > 0 and <= 60 } || spec.Port is < 1 or > 65535 || spec.IdleMinutes is < 0 or > 1440 || spec.UserName.Trim().Length > 60)
        {
            return "Give the service a name, and a port between 1 and 65535.";
        }

        if (spec.Secret is { Length: > MaxSecret } || (spec is { SecretIsKey: true, Secret.Length: > 0 } && !spec.Secret.Contains("PRIVATE KEY-----", StringComparison.Ordinal)))
        {
            return "The private key must be given in PEM or OpenSSH form.";
        }

        if (spec is { SecretIsKey: true, Passphrase.Length: > 0, Secret: null or "" })
        {
            return "A passphrase is stored with its key. Give the key, too.";
        }

        if (spec is { SecretIsKey: true, Secret.Length: > 0 } && LockedKey.IsLocked(spec.Secret) != !string.IsNullOrEmpty(spec.Passphrase))
        {
            return string.IsNullOrEmpty(spec.Passphrase) ? "This key is locked by a passphrase. Give it, too." : "This key is not locked: it needs no passphrase.";
        }

        if (spec.Certificate is { Length: > 0 } && (spec is not { Kind: ServiceKind.Ssh, SecretIsKey: true } || UserCertificate.Read(spec.Certificate) is null))
        {
            return "The certificate must be one line in OpenSSH form, made for users: ssh-keygen writes it into a file that ends in -cert.pub.";
        }

        if (spec.Passphrase is { Length: > MaxPassphrase } || spec.Passphrase?.Any(char.IsControl) == true)
        {
            return $"A passphrase has at most {MaxPassphrase} characters, and none that cannot be typed.";
        }

        return spec.Kind switch
        {
            not ServiceKind.Ssh when spec.LegacySsh is not null => "Only a terminal speaks SSH.",
            not ServiceKind.Vnc when spec.NoSecret => "Only a screen can do without a password.",
            ServiceKind.Vnc when spec is { NoSecret: true, Screen.ViewPassword: true } => "A panel with a view password has one for working, too.",
            ServiceKind.Ssh when spec.UserName.Trim().Length == 0 => "Give the user to sign in as at the asset.",
            ServiceKind.Vnc when spec.SecretIsKey => "A screen is signed in to with a password.",
            ServiceKind.Vnc when spec.UserName.Trim().Length == 0 && (spec.Secret?.Length > VncPasswordLength || spec.ViewSecret?.Length > VncPasswordLength) =>
                $"VNC takes {VncPasswordLength} characters of a password, and many panels 7. Give it as it is set at the panel, without the rest.",
            ServiceKind.Vnc when spec.Screen is { FreshSeconds: < 0 or > 60 } => "A picture can be 0 to 60 seconds old.",
            ServiceKind.Web => WebRules.Fault(spec.Web ?? new WebSettings()),
            ServiceKind.Ssh or ServiceKind.Vnc => null,
            _ => "Services of this kind cannot be brokered yet.",
        };
    }
}
