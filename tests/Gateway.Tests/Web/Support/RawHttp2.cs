using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>HTTP/2 frames as no client library would send them (RFC 9113). Headers are literals without compression (RFC 7541, section 6.2.2).</summary>
internal static class RawHttp2
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte ResetStream = 3;
    private const byte Settings = 4;
    private const byte GoAway = 7;
    private const byte EndStream = 1;
    private const byte Acknowledgement = 1;
    private const byte EndHeaders = 4;

    /// <summary>One request as stream 1, its body in one DATA frame.</summary>
    /// <param name="body">Null: the request ends with its head.</param>
    /// <returns>The frames that came for it until it ended, by their type; <c>answer</c> stands for HEADERS, and <c>closed</c> for the connection's end.</returns>
    public static async Task<IReadOnlyList<string>> SendAsync(int port, IEnumerable<(string Name, string Value)> headers, string? body)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = new SslStream(client.GetStream(), false, (_, certificate, _, _) => certificate is not null);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "web.localhost", ApplicationProtocols = [SslApplicationProtocol.Http2] });
        Assert.Equal(SslApplicationProtocol.Http2, stream.NegotiatedApplicationProtocol);

        // In one piece: what is wrong with the head may end the connection before the body is written.
        byte[] request =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. Frame(Settings, 0, 0, []),
            .. Frame(Headers, (byte)(EndHeaders | (body is null ? EndStream : 0)), 1, [.. headers.SelectMany(h => Literal(h.Name, h.Value))]),
            .. body is null ? [] : Frame(Data, EndStream, 1, Encoding.Latin1.GetBytes(body)),
        ];
        var seen = new List<string>();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await stream.WriteAsync(request, timeout.Token);
            while (await ReadAsync(stream, timeout.Token) is var (type, flags))
            {
                if (type == Settings && flags == 0)
                {
                    await stream.WriteAsync(Frame(Settings, Acknowledgement, 0, []), timeout.Token);
                }

                if (type is Headers or ResetStream or GoAway)
                {
                    seen.Add(type switch { Headers => "answer", ResetStream => "reset", _ => "goaway" });
                }

                if (type is ResetStream or GoAway || (type is Headers or Data && (flags & EndStream) != 0))
                {
                    return seen;
                }
            }
        }
        catch (IOException)
        {
            // The gateway has hung up.
        }

        return [.. seen, "closed"];
    }

    // A frame's type and flags (RFC 9113, section 4.1); null at the connection's end.
    private static async Task<(byte Type, byte Flags)?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[9];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken) < head.Length)
        {
            return null;
        }

        await stream.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]], cancellationToken);
        return (head[3], head[4]);
    }

    private static byte[] Literal(string name, string value) => [0, .. Text(name), .. Text(value)];

    private static byte[] Text(string text)
    {
        // RFC 7541, section 5.1: 127 and more go on in further bytes.
        var bytes = new List<byte>();
        var length = text.Length;
        if (length < 127)
        {
            bytes.Add((byte)length);
        }
        else
        {
            bytes.Add(127);
            for (length -= 127; length >= 128; length /= 128)
            {
                bytes.Add((byte)((length % 128) + 128));
            }

            bytes.Add((byte)length);
        }

        return [.. bytes, .. Encoding.Latin1.GetBytes(text)];
    }

    private static byte[] Frame(byte type, byte flags, int id, byte[] payload)
    {
        var head = new byte[9];
        (head[0], head[1], head[2], head[3], head[4]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(5), id);
        return [.. head, .. payload];
    }
}
