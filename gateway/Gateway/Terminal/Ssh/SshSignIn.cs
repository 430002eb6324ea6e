using System.Text;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Security;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>How the gateway signs in at an asset (RFC 4252): each method holds the secret only while it is at work.</summary>
internal sealed class SshSignIn(AssetCredential credential)
{
    private const int MaxQuestions = 5;

    // OpenSSH's PROTOCOL.certkeys: what the names of algorithms end with, that sign with a certified key.
    private const string Certified = "-cert-v01@openssh.com";

    private AssetCredential _credential = credential;
    private bool _answered;
    private int _questions;

    public string UserName { get; } = credential.UserName;

    /// <summary>Has the technician answer what the stored credential does not; null: there is nobody to ask.</summary>
    public Func<AssetQuestion, IReadOnlyList<string>>? Ask { get; set; }

    /// <summary>How a private key may sign.</summary>
    public IReadOnlyList<string> Algorithms { get; set; } = [];

    /// <summary>The asset was shown something.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The asset took what it was shown, and wants more than that.</summary>
    public bool WasPartial { get; private set; }

    public AuthenticationMethod[] Methods => _credential.PrivateKey is not null
        ?
        [
            new Method(this, "publickey", () => new PrivateKeyAuthenticationMethod(UserName, ReadKey())),
            new Method(this, "keyboard-interactive", Interactive),
        ]
        :
        [
            new Method(this, "password", Password),
            new Method(this, "keyboard-interactive", Interactive),
        ];

    /// <summary>Signed in, or not: the secret has done its work.</summary>
    public void Forget() => _credential = AssetCredential.None;

    private SigningKey ReadKey()
    {
        PrivateKeyFile file;
        try
        {
            using var text = new MemoryStream(Encoding.UTF8.GetBytes(_credential.PrivateKey!));
            using var certificate = _credential.Certificate is { } line ? new MemoryStream(Encoding.UTF8.GetBytes(line)) : null;
            file = new PrivateKeyFile(text, _credential.Passphrase, certificate);
        }
        catch (Exception e)
        {
            // Whatever the parsers of five forms throw at nonsense, or at a wrong passphrase.
            throw Refused("The stored private key cannot be read. Ask an admin to store it again, in PEM or OpenSSH form, with its passphrase if it has one.", e);
        }

        var key = new SigningKey(file, Algorithms);
        return key.HostKeyAlgorithms.Count > 0 ? key : throw Refused("The stored private key is of a kind that is not accepted any more. Ask an admin to store an Ed25519, ECDSA or RSA key.");
    }

    private PasswordAuthenticationMethod Password()
    {
        var method = new PasswordAuthenticationMethod(UserName, _credential.Password!);
        method.PasswordExpired += (_, _) => throw Refused("The asset wants the stored password to be changed before it lets anybody in. Change it at the asset, and ask an admin to store the new one.");
        return method;
    }

    private KeyboardInteractiveAuthenticationMethod Interactive()
    {
        var method = new KeyboardInteractiveAuthenticationMethod(UserName);
        method.AuthenticationPrompt += (_, asked) => Answer(asked.Instruction, asked.Prompts);
        return method;
    }

    // RFC 4256: the asset may ask whatever it likes, and show or log what is answered.
    private void Answer(string? instruction, IReadOnlyList<AuthenticationPrompt> prompts)
    {
        if (prompts.Count == 0)
        {
            // Only a text to be read.
            return;
        }

        if (prompts is [{ IsEchoed: false } single] && PasswordPrompt.Asks(single.Request) && _credential.Password is { } password && !WasPartial)
        {
            if (Interlocked.Exchange(ref _answered, true))
            {
                throw Refused("The asset was given the stored password and asks for it again. Ask an admin to check it.");
            }

            single.Response = password;
            return;
        }

        if (prompts.Any(prompt => PasswordPrompt.AsksForNew(prompt.Request)))
        {
            throw Refused("The asset wants the stored password to be changed before it lets anybody in. Change it at the asset, and ask an admin to store the new one.");
        }

        if (Ask is null || prompts.Count > AssetQuestion.MaxPrompts || Interlocked.Increment(ref _questions) > MaxQuestions)
        {
            throw Refused(Ask is null
                ? "The asset asks for more than the stored credential. Ask an admin to let the service's account in by password or key alone."
                : "The asset asks more questions than anybody should answer to sign in. Look at what stands there.");
        }

        foreach (var (prompt, answer) in prompts.Zip(Ask(AssetQuestion.Of(instruction, prompts))))
        {
            prompt.Response = answer;
        }
    }

    private static AssetFailureException Refused(string message, Exception? inner = null) => new(SessionEndReason.CredentialRefused, message, inner);

    /// <summary>SSH.NET would sign by RSA and SHA-1 first, and with SHA-2 only where that is refused.</summary>
    private sealed class SigningKey(PrivateKeyFile file, IReadOnlyList<string> algorithms) : IPrivateKeySource
    {
        public IReadOnlyCollection<HostAlgorithm> HostKeyAlgorithms { get; } = [.. algorithms.Select(name => name + Certified).Concat(algorithms).SelectMany(name => file.HostKeyAlgorithms.Where(algorithm => algorithm.Name == name))];
    }

    /// <summary>Makes one of SSH.NET's methods when it is needed, and lets go of it right after: SSH.NET would keep it for as long as its connection.</summary>
    private sealed class Method(SshSignIn signIn, string name, Func<AuthenticationMethod> make) : AuthenticationMethod(signIn.UserName)
    {
        public override string Name => name;

        public override AuthenticationResult Authenticate(Session session)
        {
            using var method = make();
            signIn.HasBegun = true;
            var result = method.Authenticate(session);
            AllowedAuthentications = method.AllowedAuthentications;
            signIn.WasPartial |= result == AuthenticationResult.PartialSuccess;
            return result;
        }
    }
}
