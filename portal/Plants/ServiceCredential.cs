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
    private static readonly ServiceCredential Kept = new(null, null, null);

    /// <param name="stored">Null for a new service.</param>
    public static ServiceCredential Of(ServiceSpec spec, Service? stored, CredentialSeal seal) => spec.Kind == ServiceKind.Vnc ? OfScreen(spec, stored, seal) : OfOne(spec, stored);

    private static ServiceCredential OfOne(ServiceSpec spec, Service? stored)
    {
        var has = stored is not null && !CredentialSeal.IsEmpty(stored.SealedCredential);
        if (spec is { Kind: ServiceKind.Web, Web: null or { SignIn: WebSignIn.None } })
        {
            // What nobody presents is not kept.
            return stored is null ? new("", null, null) : has ? new("", "What the gateway signed in with was taken away.", null) : Kept;
        }

        if (spec.Secret is { Length: > 0 } secret)
        {
            return new(spec.SecretIsKey ? secret.ReplaceLineEndings("\n").Trim() + "\n" : secret, spec.SecretIsKey ? "A new private key is stored." : "A new password is stored.", null);
        }

        return !has ? Refused("Give the password or the private key that the gateway signs in with.")
            : spec.SecretIsKey != stored!.CredentialIsKey ? Refused($"What is stored is a {(stored.CredentialIsKey ? "private key" : "password")}. Give the {(spec.SecretIsKey ? "private key" : "password")} that replaces it.")
            : Kept;
    }

    private static ServiceCredential OfScreen(ServiceSpec spec, Service? stored, CredentialSeal seal)
    {
        var (two, had) = (spec.Screen is { ViewPassword: true }, stored?.Screen is { ViewPassword: true });
        var (control, view) = (!spec.NoSecret && !string.IsNullOrEmpty(spec.Secret), two && !string.IsNullOrEmpty(spec.ViewSecret));
        var cleared = spec.NoSecret && stored is not null && !CredentialSeal.IsEmpty(stored.SealedCredential);
        if (stored is not null && !control && !view && !cleared && two == had)
        {
            return Kept;
        }

        var passwords = new ScreenPasswords("", null);
        if (stored is not null && !spec.NoSecret && (!control || (two && !view)))
        {
            try
            {
                passwords = ScreenPasswords.Read(seal.Open(stored.SealedCredential, stored.Id));
            }
            catch (CryptographicException)
            {
                return Refused($"What is stored cannot be opened any more, so nothing of it can be kept. Give {(two ? "both passwords" : "the password")} again.");
            }
        }

        passwords = spec.NoSecret ? passwords : passwords.With(spec.Secret, spec.ViewSecret, two);
        if (two && passwords is not { Control.Length: > 0, View.Length: > 0 })
        {
            return Refused("Give both passwords: the one for looking and the one for working.");
        }

        string?[] done =
        [
            control ? "A new password is stored." : cleared ? "The password was taken away." : null,
            view ? "A new view password is stored." : had && !two ? "The view password was taken away." : null,
        ];
        return new(passwords.Text, string.Join(' ', done.OfType<string>()), null);
    }

    private static ServiceCredential Refused(string error) => new(null, null, error);

    /// <summary>Names no secret.</summary>
    public override string ToString() => Error ?? Done ?? "kept";
}
