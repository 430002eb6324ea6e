using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>An asset that is one WebSocket after another, in whose place a test sends and receives frame by frame.</summary>
public sealed class SocketAsset : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SocketAsset()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    public int Port { get; }

    /// <param name="protocol">The sub-protocol that it chooses.</param>
    public async Task<WebSocket> AcceptAsync(string? protocol = null)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(timeout.Token);
            var stream = client.GetStream();
            var head = await HeadAsync(stream, timeout.Token);
            if (head.Length == 0)
            {
                // The gateway has only looked whether somebody is there.
                client.Dispose();
                continue;
            }

            // RFC 6455, section 4.2.2.
            var key = head.Split("\r\n").Single(line => line.StartsWith("Sec-WebSocket-Key:", StringComparison.OrdinalIgnoreCase)).Split(':')[1].Trim();
#pragma warning disable CA5350 // The protocol's own.
            var accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
            var chosen = protocol is null ? "" : $"Sec-WebSocket-Protocol: {protocol}\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{chosen}\r\n"), timeout.Token);
            return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = protocol });
        }
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<string> HeadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, cancellationToken) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
