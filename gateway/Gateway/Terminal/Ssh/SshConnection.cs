using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>
/// Connects, checks the host key before any credential is sent, and signs in. Blocking, on the session's own thread:
/// a libssh session has one owner, and a slow or hostile asset holds up nobody else.
/// </summary>
internal static class SshConnection
{
    private const long ConnectTimeoutSeconds = 10;
    private const int MaxInteractiveRounds = 3;

    public static SshSessionHandle Open(string address, int port, AssetCredential credential, string pinnedHostKey)
    {
        var session = Connect(address, port, credential.UserName);
        try
        {
            var key = HostKey.Of(session);
            if (key.Blob != pinnedHostKey)
            {
                throw new AssetFailureException(
                    SessionEndReason.HostKeyChanged,
                    $"The asset shows another host key than the one that was pinned. Pinned: {HostKey.FingerprintOf(pinnedHostKey)}. Shown now: {key.Fingerprint}. If the device was replaced, an admin must pin the new key; if not, do not connect.");
            }

            if (!Authenticate(session, credential))
            {
                throw new AssetFailureException(SessionEndReason.CredentialRefused, "The asset refused the stored credential. Ask an admin to check the service's user name and password or key.");
            }

            return session;
        }
        catch
        {
            LibSsh.Disconnect(session);
            session.Dispose();
            throw;
        }
    }

    /// <summary>Reads the host key and hangs up.</summary>
    public static Task<HostKeyScanResult> ScanHostKeyAsync(string address, int port)
    {
        var result = new TaskCompletionSource<HostKeyScanResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        SshThread.Start("host key scan", () =>
        {
            try
            {
                using var session = Connect(address, port, "scan");
                var key = HostKey.Of(session);
                LibSsh.Disconnect(session);
                result.SetResult(new HostKeyScanResult(key.Blob, key.Algorithm, key.Fingerprint, null));
            }
            catch (AssetFailureException e)
            {
                result.SetResult(new HostKeyScanResult(null, null, null, e.Message));
            }
        });
        return result.Task;
    }

    private static SshSessionHandle Connect(string address, int port, string user)
    {
        var session = LibSsh.New();
        try
        {
            // Nothing of this machine's own SSH configuration has a say.
            Set(LibSsh.OptionsSet(session, LibSsh.Option.ProcessConfig, false));
            Set(LibSsh.OptionsSet(session, LibSsh.Option.Host, address));
            Set(LibSsh.OptionsSet(session, LibSsh.Option.Port, port));
            Set(LibSsh.OptionsSet(session, LibSsh.Option.User, user));
            Set(LibSsh.OptionsSet(session, LibSsh.Option.KnownHosts, "/dev/null"));
            Set(LibSsh.OptionsSet(session, LibSsh.Option.GlobalKnownHosts, "/dev/null"));
            Set(LibSsh.OptionsSet(session, LibSsh.Option.Timeout, ConnectTimeoutSeconds));
            Set(LibSsh.OptionsSet(session, LibSsh.Option.NoDelay, 1));
            return LibSsh.Connect(session) == LibSsh.Ok
                ? session
                : throw new AssetFailureException(SessionEndReason.AssetLost, $"The asset does not answer by SSH ({LibSsh.ErrorText(session)}). Is it switched on, and is its SSH server running?");
        }
        catch
        {
            session.Dispose();
            throw;
        }

        void Set(int result)
        {
            if (result != LibSsh.Ok)
            {
                throw new AssetFailureException(SessionEndReason.AssetLost, $"The connection could not be prepared: {LibSsh.ErrorText(session)}");
            }
        }
    }

    private static bool Authenticate(SshSessionHandle session, AssetCredential credential)
    {
        // RFC 4252, section 5.2: asking for "none" is how the methods are learnt.
        if (LibSsh.AuthNone(session, 0) == LibSsh.AuthSuccess)
        {
            return true;
        }

        if (credential.PrivateKey is { } privateKey)
        {
            return AuthenticateByKey(session, privateKey);
        }

        var methods = LibSsh.AuthMethods(session, 0);
        return (methods & LibSsh.MethodPassword) != 0 && LibSsh.AuthPassword(session, 0, credential.Password!) == LibSsh.AuthSuccess
            || (methods & LibSsh.MethodInteractive) != 0 && AuthenticateInteractively(session, credential.Password!);
    }

    private static bool AuthenticateByKey(SshSessionHandle session, string privateKey)
    {
        if (LibSsh.ImportPrivateKey(privateKey, 0, 0, 0, out var key) != LibSsh.Ok)
        {
            throw new AssetFailureException(SessionEndReason.CredentialRefused, "The stored private key cannot be read. Ask an admin to store it again, in PEM or OpenSSH form without a passphrase.");
        }

        try
        {
            return LibSsh.AuthPublicKey(session, 0, key) == LibSsh.AuthSuccess;
        }
        finally
        {
            LibSsh.KeyFree(key);
        }
    }

    // RFC 4256. One prompt is the password; a server that asks for more is asking a person, and there is none here.
    private static bool AuthenticateInteractively(SshSessionHandle session, string password)
    {
        var result = LibSsh.AuthInteractive(session, 0, 0);
        for (var round = 0; result == LibSsh.AuthInfo && round < MaxInteractiveRounds; round++)
        {
            var prompts = LibSsh.AuthInteractivePrompts(session);
            if (prompts > 1 || (prompts == 1 && LibSsh.AuthInteractiveAnswer(session, 0, password) != LibSsh.Ok))
            {
                return false;
            }

            result = LibSsh.AuthInteractive(session, 0, 0);
        }

        return result == LibSsh.AuthSuccess;
    }
}

/// <summary>A thread of an SSH session's own: small, and not one of the pool's.</summary>
internal static class SshThread
{
    private const int StackSize = 512 * 1024;

    public static void Start(string name, Action body) => new Thread(() => body(), StackSize) { IsBackground = true, Name = name }.Start();
}
