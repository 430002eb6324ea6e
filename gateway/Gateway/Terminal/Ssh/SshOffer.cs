using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sallyport.Contracts;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>
/// All that an SSH server offers, read from its first packet (RFC 4253, sections 4.2, 6 and 7.1). SSH.NET keeps these lists to itself and
/// gives up at the first one in which it finds nothing; who must decide about an old asset needs all of them at once.
/// </summary>
internal sealed class SshOffer
{
    private const byte KeyExchangeInit = 20;
    private const int CookieLength = 16;

    // RFC 4253, section 6.1: what every implementation must be able to take.
    private const int MaxPacket = 35_000;
    private const int MaxGreeting = 8 * 1024;

    private readonly string[][] _lists;

    private SshOffer(string[][] lists) => _lists = lists;

    /// <summary>In the order of preference that the server has; for encryption and MAC, what it takes in both directions.</summary>
    public IReadOnlyList<string> this[SshPurpose purpose] => purpose switch
    {
        SshPurpose.KeyExchange => _lists[0],
        SshPurpose.HostKey => _lists[1],
        SshPurpose.Encryption => [.. _lists[2].Intersect(_lists[3])],
        _ => [.. _lists[4].Intersect(_lists[5])],
    };

    /// <summary>Connects, reads the server's lists and hangs up; says nothing but which protocol it speaks.</summary>
    /// <returns>Null: what came is no such packet.</returns>
    /// <exception cref="IOException"/>
    /// <exception cref="SocketException"/>
    /// <exception cref="OperationCanceledException"/>
    public static async Task<SshOffer?> ReadAsync(string address, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(IPAddress.Parse(address), port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync("SSH-2.0-Sallyport\r\n"u8.ToArray(), cancellationToken);
        return await SkipGreetingAsync(stream, cancellationToken) && await ReadPacketAsync(stream, cancellationToken) is { } payload ? Parse(payload) : null;
    }

    /// <param name="payload">Of SSH_MSG_KEXINIT.</param>
    internal static SshOffer? Parse(ReadOnlySpan<byte> payload)
    {
        const int lists = 6;
        if (payload.Length < 1 + CookieLength || payload[0] != KeyExchangeInit)
        {
            return null;
        }

        var rest = payload[(1 + CookieLength)..];
        var found = new string[lists][];
        for (var i = 0; i < lists; i++)
        {
            if (rest.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32BigEndian(rest) is var length && length > rest.Length - sizeof(uint))
            {
                return null;
            }

            var names = Encoding.ASCII.GetString(rest.Slice(sizeof(uint), (int)length));
            found[i] = [.. names.Split(',').Where(AlgorithmMismatch.IsAlgorithm)];
            rest = rest[(sizeof(uint) + (int)length)..];
        }

        return new SshOffer(found);
    }

    // Lines before the one with the version are allowed, and are nobody's to read.
    private static async Task<bool> SkipGreetingAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var one = new byte[1];
        for (var read = 0; read < MaxGreeting; read++)
        {
            await stream.ReadExactlyAsync(one, cancellationToken);
            if (one[0] != '\n')
            {
                line.Add(one[0]);
                continue;
            }

            if (line.Count > 4 && line[..4].SequenceEqual("SSH-"u8.ToArray()))
            {
                return true;
            }

            line.Clear();
        }

        return false;
    }

    private static async Task<byte[]?> ReadPacketAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var head = new byte[sizeof(uint) + 1];
        await stream.ReadExactlyAsync(head, cancellationToken);
        var (length, padding) = (BinaryPrimitives.ReadUInt32BigEndian(head), head[^1]);
        if (length > MaxPacket || length < padding + 2u)
        {
            return null;
        }

        var rest = new byte[length - 1];
        await stream.ReadExactlyAsync(rest, cancellationToken);
        return rest[..^padding];
    }
}
