using System.Text;
using Renci.SshNet;
using Renci.SshNet.Common;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>How the gateway signs in at an asset (RFC 4252): each method holds the secret only while it is at work.</summary>
internal sealed class SshSignIn(AssetCredential credential)
{
    private AssetCredential _credential = credential;

    public string UserName { get; } = credential.UserName;

    /// <summary>The asset took what it was shown, and wants more than that.</summary>
    public bool WasPartial { get; private set; }

    public AuthenticationMethod[] Methods => _credential.PrivateKey is not null
        ? [new Method(this, "publickey", () => new PrivateKeyAuthenticationMethod(UserName, ReadKey()))]
        :
        [
            new Method(this, "password", () => new PasswordAuthenticationMethod(UserName, _credential.Password!)),
            new Method(this, "keyboard-interactive", Interactive),
        ];

    /// <summary>Signed in, or not: the secret has done its work.</summary>
    public void Forget() => _credential = AssetCredential.None;

    private PrivateKeyFile ReadKey()
    {
        try
        {
            using var text = new MemoryStream(Encoding.UTF8.GetBytes(_credential.PrivateKey!));
            return new PrivateKeyFile(text);
        }
        catch (Exception e) when (e is SshException or ArgumentException or FormatException or NotSupportedException or InvalidOperationException or System.Security.Cryptography.CryptographicException)
        {
            throw new AssetFailureException(SessionEndReason.CredentialRefused, "The stored private key cannot be read. Ask an admin to store it again, in PEM or OpenSSH form without a passphrase.", e);
        }
    }

    // RFC 4256.
    private KeyboardInteractiveAuthenticationMethod Interactive()
    {
        var method = new KeyboardInteractiveAuthenticationMethod(UserName);
        method.AuthenticationPrompt += (_, asked) =>
        {
            if (asked.Prompts.Count == 1)
            {
                asked.Prompts[0].Response = _credential.Password;
            }
        };
        return method;
    }

    /// <summary>Makes one of SSH.NET's methods when it is needed, and lets go of it right after: SSH.NET would keep it for as long as its connection.</summary>
    private sealed class Method(SshSignIn signIn, string name, Func<AuthenticationMethod> make) : AuthenticationMethod(signIn.UserName)
    {
        public override string Name => name;

        public override AuthenticationResult Authenticate(Session session)
        {
            using var method = make();
            var result = method.Authenticate(session);
            AllowedAuthentications = method.AllowedAuthentications;
            signIn.WasPartial |= result == AuthenticationResult.PartialSuccess;
            return result;
        }
    }
}
