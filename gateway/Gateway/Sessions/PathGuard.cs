using System.Net;
using System.Net.Sockets;

namespace Sallyport.Gateway.Sessions;

/// <summary>
/// A path is open for this machine's address. That other processes of the machine cannot use it is up to the machine's
/// packet filter (<c>path_rules</c> of deploy/lib/network.sh), which a gateway has no right to read. But it can
/// try: those rules refuse everything towards the hub that is not TCP, also when it is the gateway's.
/// </summary>
public sealed partial class PathGuard(ILogger<PathGuard> log)
{
    // RFC 863. No path is for UDP, so the hub drops what comes so far.
    private const int DiscardPort = 9;

    private bool? _guarded;

    /// <summary>Looks before each session, since a firewall's reload may have emptied all tables; says so once each time that it changes.</summary>
    public void Look(string asset)
    {
        if (!IPAddress.TryParse(asset, out var address) || IPAddress.IsLoopback(address))
        {
            return;
        }

        var guarded = Refuses(address);
        if (guarded is false && _guarded is not false)
        {
            Log.Unguarded(log);
        }

        _guarded = guarded ?? _guarded;
    }

    private static bool? Refuses(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
            socket.SendTo([0], new IPEndPoint(address, DiscardPort));
            return false;
        }
        catch (SocketException e)
        {
            // Without a route, or with a full queue, it says nothing.
            return e.SocketErrorCode == SocketError.AccessDenied ? true : null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Other processes of this machine can use the paths of sessions that run: the packet filter does not leave them to the gateway (table inet …_paths). Run deploy/up, or start sallyport-hub-network, again. A gateway in a network namespace of its own does not need it")]
        public static partial void Unguarded(ILogger logger);
    }
}
