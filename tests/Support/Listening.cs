using System.Net;
using System.Net.Sockets;

namespace Sallyport.Tests.Support;

/// <summary>Whether a server that was started takes connections yet.</summary>
public static class Listening
{
    /// <summary>Waits until something takes connections at a port of 127.0.0.1.</summary>
    /// <exception cref="TimeoutException">Nothing does within the usual patience.</exception>
    public static Task WaitAsync(int port, CancellationToken cancellationToken = default) =>
        Eventually.HoldsAsync($"something takes connections at port {port}", () => TakesAsync(port, cancellationToken), cancellationToken: cancellationToken);

    private static async Task<bool> TakesAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
