using System.Runtime.InteropServices;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>The part of libssh 0.10 (Debian: libssh-4) that the gateway uses. Names and numbers are those of libssh.h.</summary>
internal static partial class LibSsh
{
    public const int Ok = 0;
    public const int Error = -1;
    public const int Again = -2;
    public const int Eof = -127;

    public const int AuthSuccess = 0;
    public const int AuthDenied = 1;
    public const int AuthPartial = 2;
    public const int AuthInfo = 3;

    public const int MethodPassword = 0x0002;
    public const int MethodInteractive = 0x0010;

    private const string Library = "libssh.so.4";

    public enum Option
    {
        Host = 0,
        Port = 1,
        User = 4,
        KnownHosts = 8,
        Timeout = 9,
        LogVerbosity = 13,
        ProcessConfig = 38,
        GlobalKnownHosts = 35,
        NoDelay = 36,
    }

    [LibraryImport(Library, EntryPoint = "ssh_new")]
    public static partial SshSessionHandle New();

    [LibraryImport(Library, EntryPoint = "ssh_free")]
    public static partial void Free(nint session);

    [LibraryImport(Library, EntryPoint = "ssh_options_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OptionsSet(SshSessionHandle session, Option option, string value);

    [LibraryImport(Library, EntryPoint = "ssh_options_set")]
    public static partial int OptionsSet(SshSessionHandle session, Option option, in int value);

    [LibraryImport(Library, EntryPoint = "ssh_options_set")]
    public static partial int OptionsSet(SshSessionHandle session, Option option, in long value);

    [LibraryImport(Library, EntryPoint = "ssh_options_set")]
    public static partial int OptionsSet(SshSessionHandle session, Option option, [MarshalAs(UnmanagedType.I1)] in bool value);

    [LibraryImport(Library, EntryPoint = "ssh_connect")]
    public static partial int Connect(SshSessionHandle session);

    [LibraryImport(Library, EntryPoint = "ssh_disconnect")]
    public static partial void Disconnect(SshSessionHandle session);

    [LibraryImport(Library, EntryPoint = "ssh_get_error")]
    private static partial nint GetError(SshSessionHandle session);

    [LibraryImport(Library, EntryPoint = "ssh_get_fd")]
    public static partial int GetFd(SshSessionHandle session);

    [LibraryImport(Library, EntryPoint = "ssh_get_status")]
    public static partial int GetStatus(SshSessionHandle session);

    [LibraryImport(Library, EntryPoint = "ssh_get_poll_flags")]
    public static partial int GetPollFlags(SshSessionHandle session);

    [LibraryImport(Library, EntryPoint = "ssh_set_blocking")]
    public static partial void SetBlocking(SshSessionHandle session, int blocking);

    [LibraryImport(Library, EntryPoint = "ssh_get_server_publickey")]
    public static partial int GetServerPublicKey(SshSessionHandle session, out nint key);

    [LibraryImport(Library, EntryPoint = "ssh_pki_export_pubkey_base64")]
    public static partial int ExportPublicKey(nint key, out nint base64);

    [LibraryImport(Library, EntryPoint = "ssh_key_type")]
    public static partial int KeyType(nint key);

    [LibraryImport(Library, EntryPoint = "ssh_key_type_to_char")]
    public static partial nint KeyTypeName(int type);

    [LibraryImport(Library, EntryPoint = "ssh_key_free")]
    public static partial void KeyFree(nint key);

    [LibraryImport(Library, EntryPoint = "ssh_string_free_char")]
    public static partial void StringFree(nint text);

    [LibraryImport(Library, EntryPoint = "ssh_userauth_none")]
    public static partial int AuthNone(SshSessionHandle session, nint user);

    [LibraryImport(Library, EntryPoint = "ssh_userauth_list")]
    public static partial int AuthMethods(SshSessionHandle session, nint user);

    [LibraryImport(Library, EntryPoint = "ssh_userauth_password", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AuthPassword(SshSessionHandle session, nint user, string password);

    [LibraryImport(Library, EntryPoint = "ssh_userauth_kbdint")]
    public static partial int AuthInteractive(SshSessionHandle session, nint user, nint submethods);

    [LibraryImport(Library, EntryPoint = "ssh_userauth_kbdint_getnprompts")]
    public static partial int AuthInteractivePrompts(SshSessionHandle session);

    [LibraryImport(Library, EntryPoint = "ssh_userauth_kbdint_setanswer", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AuthInteractiveAnswer(SshSessionHandle session, uint index, string answer);

    [LibraryImport(Library, EntryPoint = "ssh_pki_import_privkey_base64", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ImportPrivateKey(string text, nint passphrase, nint callback, nint data, out nint key);

    [LibraryImport(Library, EntryPoint = "ssh_userauth_publickey")]
    public static partial int AuthPublicKey(SshSessionHandle session, nint user, nint key);

    [LibraryImport(Library, EntryPoint = "ssh_channel_new")]
    public static partial nint ChannelNew(SshSessionHandle session);

    [LibraryImport(Library, EntryPoint = "ssh_channel_open_session")]
    public static partial int ChannelOpen(nint channel);

    [LibraryImport(Library, EntryPoint = "ssh_channel_request_pty_size", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChannelRequestPty(nint channel, string terminal, int columns, int rows);

    [LibraryImport(Library, EntryPoint = "ssh_channel_change_pty_size")]
    public static partial int ChannelResize(nint channel, int columns, int rows);

    [LibraryImport(Library, EntryPoint = "ssh_channel_request_shell")]
    public static partial int ChannelRequestShell(nint channel);

    [LibraryImport(Library, EntryPoint = "ssh_channel_read_nonblocking")]
    public static partial int ChannelRead(nint channel, Span<byte> target, uint count, int isStandardError);

    [LibraryImport(Library, EntryPoint = "ssh_channel_write")]
    public static partial int ChannelWrite(nint channel, ReadOnlySpan<byte> data, uint length);

    [LibraryImport(Library, EntryPoint = "ssh_channel_is_eof")]
    public static partial int ChannelIsEof(nint channel);

    [LibraryImport(Library, EntryPoint = "ssh_channel_is_closed")]
    public static partial int ChannelIsClosed(nint channel);

    [LibraryImport(Library, EntryPoint = "ssh_channel_free")]
    public static partial void ChannelFree(nint channel);

    public static string ErrorText(SshSessionHandle session) => Marshal.PtrToStringUTF8(GetError(session)) is { Length: > 0 } text ? text : "unknown error";
}

/// <summary>An <c>ssh_session</c>; freeing it also frees its channels.</summary>
internal sealed class SshSessionHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibSsh.Free(handle);
        return true;
    }
}
