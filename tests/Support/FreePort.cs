using System.Net;
using System.Net.Sockets;

namespace Sallyport.Tests.Support;

/// <summary>
/// A port for a server that is told its number and binds it a moment later. Below the range from which Linux takes the ports of outgoing
/// connections (net.ipv4.ip_local_port_range, 32768 and above by default), one of which might come between; and none is given out twice.
/// </summary>
public static class FreePort
{
    private const int First = 15_000;
    private const int Count = 15_000;

    private static int _next = Random.Shared.Next(Count);

    public static int Next() => Next(IPAddress.Loopback);

    /// <param name="address">Where it must be free.</param>
    public static int Next(IPAddress address)
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var port = First + ((Interlocked.Increment(ref _next) & int.MaxValue) % Count);
            try
            {
                using var listener = new TcpListener(address, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's.
            }
        }

        throw new InvalidOperationException($"No port from {First} on is free.");
    }
}
