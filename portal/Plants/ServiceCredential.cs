using System.Security.Cryptography;
using Sallyport.Contracts;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Plants;

/// <summary>What becomes of a service's credential when an admin saves it. What is stored is opened only where a part of it stays.</summary>
/// <param name="Text">What to seal in place of what is stored; null: that stays.</param>
/// <param name="Done">For the audit log: what happened to what was stored; no secret is in it.</param>
/// <param name="Error">Why it cannot be, for the admin.</param>
internal sealed record ServiceCredential(string? Text, string? Done, string? Error)
{
    private const string ForAnother = "What was stored was given for another destination, and is not sent to this one.";

    private static readonly ServiceCredential Kept = new(null, null, null);

    public static ServiceCredential OfNew(ServiceSpec spec) => spec.Kind == ServiceKind.Vnc ? OfScreen(spec, null, false, () => new ScreenPasswords("", null)) : OfOne(spec, null, false);

    /// <param name="former">Where what is stored was given for.</param>
    /// <param name="destination">Where it would go from now on: when that is another, nothing of what is stored is kept.</param>
    public static ServiceCredential Of(ServiceSpec spec, Service stored, CredentialDestination former, CredentialDestination destination, CredentialSeal seal)
    {
        var lost = stored.LacksCredential || (former != destination && !CredentialSeal.IsEmpty(stored.SealedCredential));
        return spec.Kind == ServiceKind.Vnc
            ? OfScreen(spec, stored, lost, () => ScreenPasswords.Read(CredentialSeal.IsEmpty(stored.SealedCredential) ? "" : seal.Open(stored.SealedCredential, stored.Id, former.Text)))
            : OfOne(spec, stored, lost);
    }

    private static ServiceCredential OfOne(ServiceSpec spec, Service? stored, bool lost)
    {
        var has = stored is not null && !CredentialSeal.IsEmpty(stored.SealedCredential);
        if (spec is { Kind: ServiceKind.Web, Web: null or { SignIn: WebSignIn.None } })
        {
            // What nobody presents is not kept.
            return has ? new("", "What the gateway signed in with was taken away.", null) : stored is null || lost ? new("", null, null) : Kept;
        }

        if (spec.Secret is { Length: > 0 } secret)
        {
            return spec.SecretIsKey
                ? new(new LockedKey(secret.ReplaceLineEndings("\n").Trim() + "\n", string.IsNullOrEmpty(spec.Passphrase) ? null : spec.Passphrase).Text, "A new private key is stored.", null)
                : new(secret, "A new password is stored.", null);
        }

        return lost ? Refused($"Give the {(spec.SecretIsKey ? "private key" : "password")} again. {ForAnother}")
            : !has ? Refused("Give the password or the private key that the gateway signs in with.")
            : spec.SecretIsKey != stored!.CredentialIsKey ? Refused($"What is stored is a {(stored.CredentialIsKey ? "private key" : "password")}. Give the {(spec.SecretIsKey ? "private key" : "password")} that replaces it.")
            : Kept;
    }

    private static ServiceCredential OfScreen(ServiceSpec spec, Service? stored, bool lost, Func<ScreenPasswords> open)
    {
        var (two, had) = (spec.Screen is { ViewPassword: true }, stored?.Screen is { ViewPassword: true });
        var (control, view) = (!spec.NoSecret && !string.IsNullOrEmpty(spec.Secret), two && !string.IsNullOrEmpty(spec.ViewSecret));
        var cleared = spec.NoSecret && stored is not null && !CredentialSeal.IsEmpty(stored.SealedCredential);
        if (stored is not null && !lost && !control && !view && !cleared && two == had)
        {
            return Kept;
        }

        var passwords = new ScreenPasswords("", null);
        if (stored is not null && !lost && !spec.NoSecret && (!control || (two && !view)))
        {
            try
            {
                passwords = open();
            }
            catch (CryptographicException)
            {
                return Refused($"What is stored cannot be opened any more, so nothing of it can be kept. Give {(two ? "both passwords" : "the password")} again.");
            }
        }

        passwords = spec.NoSecret ? passwords : passwords.With(spec.Secret, spec.ViewSecret, two);
        if (two && passwords is not { Control.Length: > 0, View.Length: > 0 })
        {
            return Refused(lost ? $"Give both passwords again. {ForAnother}" : "Give both passwords: the one for looking and the one for working.");
        }

        if (lost && !spec.NoSecret && passwords.Control.Length == 0)
        {
            return Refused($"Give the password again, or say that the panel asks for none. {ForAnother}");
        }

        string?[] done =
        [
            control ? "A new password is stored." : cleared ? "The password was taken away." : null,
            view ? "A new view password is stored." : had && !two ? "The view password was taken away." : null,
        ];
        return new(passwords.Text, done.OfType<string>().ToArray() is { Length: > 0 } said ? string.Join(' ', said) : null, null);
    }

    private static ServiceCredential Refused(string error) => new(null, null, error);

    /// <summary>Names no secret.</summary>
    public override string ToString() => Error ?? Done ?? "kept";
}
