using System.Buffers.Binary;
using System.Text.Json;
using Sallyport.Contracts.Links;

namespace Sallyport.Gateway.Sessions;

/// <summary>Messages between browser and gateway that every protocol shares (docs/session-protocol.md): the first byte says which.</summary>
internal static class SessionMessages
{
    public const int MaxMessage = 64 * 1024;

    public const byte Open = 0x00;
    public const byte End = 0x04;
    public const byte Ping = 0x05;
    public const byte Resume = 0x06;

    public const byte Watch = 0x07;

    public const byte TakeOver = 0x08;

    public const byte Opened = 0x10;
    public const byte Notice = 0x13;
    public const byte Ended = 0x14;
    public const byte Pong = 0x15;
    public const byte Refused = 0x16;

    public static byte[] Json<T>(byte type, T body) => [type, .. JsonSerializer.SerializeToUtf8Bytes(body, LinkJson.Options)];

    public static byte[] Number(byte type, long number)
    {
        var message = new byte[9];
        message[0] = type;
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(1), number);
        return message;
    }

    /// <summary>A 64-bit offset at the start of a message's body; null when there is none or it is negative.</summary>
    public static long? Offset(ReadOnlySpan<byte> body) =>
        body.Length >= 8 && BinaryPrimitives.ReadInt64LittleEndian(body) is >= 0 and var offset ? offset : null;

    public static T? Read<T>(ReadOnlySpan<byte> body)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, LinkJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed record OpenMessage(string Ticket, int Cols, int Rows);

internal sealed record WatchMessage(string Ticket);

/// <param name="Received">How many bytes of output the browser has.</param>
internal sealed record ResumeMessage(Guid SessionId, string ResumeToken, long Received, int Cols, int Rows);

/// <summary>What every session's page shows.</summary>
/// <param name="Weak">Old algorithms that encrypt it between gateway and asset; null: none.</param>
/// <param name="Output">Terminal: offset of the next byte of output that will be sent.</param>
internal sealed record OpenedMessage(Guid SessionId, string ResumeToken, DateTimeOffset EndsAt, DateTimeOffset Now, string Asset, string Plant, string Service, string User, long Output = 0, long InputAcked = 0, IReadOnlyList<string>? Weak = null);

public sealed record NoticeMessage(string Kind, string Message, int? MinutesLeft = null, DateTimeOffset? EndsAt = null);

public sealed record EndedMessage(Contracts.SessionEndReason Reason, string Message);

internal sealed record RefusedMessage(string Error, string Message);
