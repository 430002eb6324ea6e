using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Renci.SshNet;
using Renci.SshNet.Common;
using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;
using ConnectionInfo = Renci.SshNet.ConnectionInfo;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>
/// An SSH connection to an asset: the host key is checked before any credential is sent. Its calls block, on a thread of the
/// session's own; whatever SSH.NET waits for, <see cref="Cut"/> ends it at once.
/// </summary>
internal sealed class SshConnection : IDisposable
{
    /// <summary>For everything from the first packet to the shell; an asset that takes longer is hung, or means harm.</summary>
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FloodCheck = TimeSpan.FromMilliseconds(50);

    /// <summary>What an asset may send before its shell is open: keys, banner and prompts are a few kB. Nobody reads it yet, and SSH.NET would keep it all.</summary>
    private const ulong MaxBeforeShell = 4 * 1024 * 1024;

    /// <summary>SSH.NET's buffers each way; what is larger passes in pieces.</summary>
    private const int ShellBuffer = 4 * 1024;

    // Linux's tcp(7), TCP_INFO: where struct tcp_info has tcpi_bytes_received. The framework has no name for either.
    private const int LevelTcp = 6;
    private const int TcpInfo = 11;
    private const int BytesReceivedOffset = 128;

    private readonly IPEndPoint _address;
    private readonly SshSignIn _signIn;
    private readonly string? _pinned;
    private readonly SshAlgorithms _algorithms;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly ConnectionInfo _connection;
    private readonly SshClient _client;
    private readonly TaskCompletionSource<Exception?> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _flooded;

    public SshConnection(SshDestination destination, SshSignIn signIn)
    {
        (_address, _signIn, _pinned) = (new IPEndPoint(IPAddress.Parse(destination.Address), destination.Port), signIn, destination.PinnedHostKey);
        _algorithms = new SshAlgorithms(destination.LegacyAlgorithms);
        signIn.Algorithms = _algorithms[SshPurpose.HostKey];

        // SSH.NET waits for as long as it takes: time is watched here.
        _connection = new ConnectionInfo(destination.Address, destination.Port, signIn.UserName, signIn.Methods) { Timeout = Timeout.InfiniteTimeSpan };
        _algorithms.Apply(_connection, _pinned is null ? null : HostKey.KindOf(_pinned));
        _client = new SshClient(_connection);
        _client.HostKeyReceived += (_, key) =>
        {
            Shown = HostKey.Of(key.HostKey);
            key.CanTrust = Shown.Blob == _pinned;
        };
        OwnedSocket.Give(_client, _socket, session =>
        {
            session.ErrorOccured += (_, error) => _lost.TrySetResult(error.Exception);
            session.Disconnected += (_, _) => _lost.TrySetResult(null);
        });
        DeadPeerDetection.Enable(_socket, DeadPeerDetection.After);
    }

    /// <summary>The asset hung up, or is gone: why, if it did not say so itself.</summary>
    public Task<Exception?> Lost => _lost.Task;

    /// <summary>The key that the asset has shown.</summary>
    public HostKey? Shown { get; private set; }

    /// <summary>What the two sides agreed on, each once: key exchange, host key, and encryption and MAC of both directions.</summary>
    public IReadOnlyList<string> Agreed =>
    [
        .. new[]
        {
            _connection.CurrentKeyExchangeAlgorithm, _connection.CurrentHostKeyAlgorithm, _connection.CurrentClientEncryption, _connection.CurrentServerEncryption,
            _connection.CurrentClientHmacAlgorithm, _connection.CurrentServerHmacAlgorithm,
        }.OfType<string>().Where(name => name.Length > 0).Distinct(),
    ];

    /// <exception cref="AssetFailureException">The asset cannot be reached, is not the one it was, refuses the credential or gives no shell.</exception>
    /// <exception cref="OperationCanceledException"/>
    public ShellStream OpenShell(int columns, int rows, AskTechnician? ask, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(OpenTimeout);
        using var cut = deadline.Token.Register(Cut);
        if (ask is not null)
        {
            // The asset's time stands still while a person answers.
            _signIn.Ask = question =>
            {
                deadline.CancelAfter(AssetQuestion.Patience);
#pragma warning disable RS0030 // Its own thread is there to be blocked (docs/decisions/0013-ssh-net.md).
                var answers = ask(question, deadline.Token).GetAwaiter().GetResult();
#pragma warning restore RS0030
                deadline.CancelAfter(OpenTimeout);
                return answers;
            };
        }

        try
        {
            _socket.Connect(_address);
            using var floodCheck = new Timer(_ => CutFlood(), null, FloodCheck, FloodCheck);
            _client.Connect();
            _signIn.Forget();
            return _client.CreateShellStream("xterm-256color", (uint)columns, (uint)rows, 0, 0, ShellBuffer);
        }
        catch (Exception e) when (e is not AssetFailureException)
        {
            // Whatever SSH.NET's parser throws at a hostile server's bytes comes out here.
            cancellationToken.ThrowIfCancellationRequested();
            throw Failure(e, deadline.IsCancellationRequested);
        }
        finally
        {
            _signIn.Forget();
        }
    }

    /// <summary>Sends what the asset reads and drops (RFC 4253, section 11.2). Blocks while it takes nothing.</summary>
#pragma warning disable CS0618 // What is to be used instead, a timer of SSH.NET's, would block threads of the pool at an asset that stopped reading.
    public void KeepAlive() => _client.SendKeepAlive();
#pragma warning restore CS0618

    /// <summary>Ends the connection, and whatever waits for it.</summary>
    public void Cut()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was not connected, or is no more.
        }

        _socket.Dispose();
    }

    public void Dispose()
    {
        Cut();
        try
        {
            _client.Dispose();
        }
        catch (Exception)
        {
            // It was in the middle of something, and may throw whatever it met there; the socket is gone in any case.
        }
    }

    private void CutFlood()
    {
        Span<byte> info = stackalloc byte[BytesReceivedOffset + sizeof(ulong)];
        try
        {
            if (_socket.GetRawSocketOption(LevelTcp, TcpInfo, info) == info.Length && BinaryPrimitives.ReadUInt64LittleEndian(info[BytesReceivedOffset..]) > MaxBeforeShell)
            {
                _flooded = true;
                Cut();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    private AssetFailureException Failure(Exception e, bool late)
    {
        if (_flooded)
        {
            return new(SessionEndReason.AssetLost, "The asset sent several megabytes before it opened a terminal, and was cut off. No SSH server does that: look at what stands there.", e);
        }

        if (_pinned is not null && Shown is { } shown && shown.Blob != _pinned)
        {
            return new(
                SessionEndReason.HostKeyChanged,
                $"The asset shows another host key than the one that was pinned. Pinned: {HostKey.FingerprintOf(_pinned)}. Shown now: {shown.Fingerprint}. If the device was replaced, an admin must pin the new key; if not, do not connect.",
                e);
        }

        if (e is SshAuthenticationException)
        {
            return new(
                SessionEndReason.CredentialRefused,
                _signIn.WasPartial
                    ? "The asset took the stored credential and wants a second factor in a form that is not supported here."
                    : "The asset refused the stored credential. Ask an admin to check the service's user name and password or key.",
                e);
        }

        if (_connection.IsAuthenticated)
        {
            return new(SessionEndReason.AssetLost, late ? "The asset let the gateway in and then opened no terminal within 10 seconds." : "The asset let the gateway in but gave no terminal.", e);
        }

        if (_signIn.HasBegun && !late && e is SshConnectionException)
        {
            return new(SessionEndReason.CredentialRefused, "The asset closed the connection while the gateway signed in. Ask an admin to check the service's user name and password or key, and whether the asset locks accounts.", e);
        }

        return new(SessionEndReason.AssetLost, NoAnswer.Describe(e, late, _connection.ServerVersion, _algorithms), e);
    }
}
