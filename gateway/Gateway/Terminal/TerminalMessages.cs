using System.Buffers.Binary;

namespace Sallyport.Gateway.Terminal;

/// <summary>Messages that only terminals have, beside those of <see cref="Sessions.SessionMessages"/> (docs/session-protocol.md).</summary>
internal static class TerminalMessages
{
    public const int MaxSize = 1000;

    public const byte Input = 0x01;
    public const byte Resize = 0x02;
    public const byte Ack = 0x03;

    /// <summary>Answers a <see cref="Question"/>.</summary>
    public const byte Answer = 0x09;

    public const byte Output = 0x11;
    public const byte InputAck = 0x12;

    /// <summary>What the asset asks at sign-in, before Opened.</summary>
    public const byte Question = 0x18;

    /// <summary>The whole terminal as escape sequences, for who comes to watch.</summary>
    public const byte Snapshot = 0x17;

    public static (int Columns, int Rows)? Size(ReadOnlySpan<byte> body) =>
        body.Length == 4 ? Clamp(BinaryPrimitives.ReadUInt16LittleEndian(body), BinaryPrimitives.ReadUInt16LittleEndian(body[2..])) : null;

    public static (int Columns, int Rows) Clamp(int columns, int rows) => (Math.Clamp(columns, 1, MaxSize), Math.Clamp(rows, 1, MaxSize));

    /// <summary>A resize event of the recording.</summary>
    public static byte[] SizeEvent(int columns, int rows) => [(byte)columns, (byte)(columns >> 8), (byte)rows, (byte)(rows >> 8)];
}
