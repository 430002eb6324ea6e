using System.Buffers.Binary;
using System.Net.Sockets;

namespace Sallyport.Gateway.Sessions;

/// <summary>
/// An asset that loses its power or its network says nothing of it. By itself TCP would notice after a quarter of an hour, while
/// there is something to be sent, and never while there is nothing.
/// </summary>
internal static class DeadPeerDetection
{
    /// <summary>Longer than a plant's link takes to come back over another way, and short enough to be believed.</summary>
    public static readonly TimeSpan After = TimeSpan.FromSeconds(20);

    private const int Probes = 4;

    // Linux's tcp(7), TCP_USER_TIMEOUT: how long what was sent may stay unanswered, in milliseconds. The framework has no name for it.
    private const int LevelTcp = 6;
    private const int UserTimeout = 18;

    /// <summary>Has the connection fail when nothing was heard for about that long.</summary>
    public static void Enable(Socket socket, TimeSpan after)
    {
        var interval = Math.Max(1, (int)after.TotalSeconds / (Probes + 1));
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, interval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, interval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        Span<byte> milliseconds = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(milliseconds, (int)after.TotalMilliseconds);
        socket.SetRawSocketOption(LevelTcp, UserTimeout, milliseconds);
    }
}
