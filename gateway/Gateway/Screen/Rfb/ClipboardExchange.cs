using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Sallyport.Gateway.Screen.Rfb;

/// <summary>
/// Text between the two ends of an RFB connection: UTF-8 where the other end knows the Extended Clipboard (the community's specification,
/// "Extended Clipboard Pseudo-Encoding"), else Latin-1 (RFC 6143, sections 7.5.6 and 7.6.4), in which what it lacks becomes a question mark.
/// Extended text is first named and then asked for. One caller reads; anybody may offer.
/// </summary>
/// <param name="type">Of the messages that this end sends: 3 as a server, 6 as a client.</param>
internal sealed class ClipboardExchange(byte type)
{
    private const uint Text = 1;
    private const uint Caps = 1 << 24;
    private const uint Request = 1 << 25;
    private const uint Peek = 1 << 26;
    private const uint Notify = 1 << 27;
    private const uint Provide = 1 << 28;

    // What zlib adds to what cannot be compressed, and the flags.
    private const int MaxMessage = RfbLimits.MaxText + 4096;

    private volatile bool _extended;
    private volatile byte[]? _offered;

    /// <summary>Says what this end knows. A server begins; a client answers with the same.</summary>
    public byte[] Capabilities() => Message(Caps | Request | Peek | Notify | Provide | Text, new byte[4]);

    /// <summary>The message that gives the other end a text, or tells it that there is one.</summary>
    public byte[] Offer(string text)
    {
        if (!_extended)
        {
            return Plain(text);
        }

        // Compressed once, however often it will be asked for.
        _offered = Message(Provide | Text, Deflate(text));
        return Message(Notify | Text, []);
    }

    /// <summary>Reads the rest of a text message, after its type.</summary>
    /// <returns>A text that was given; and what is to be answered at once.</returns>
    /// <exception cref="RfbFailureException">It is longer than it may, or damaged.</exception>
    public async ValueTask<(string? Text, byte[]? Answer)> ReadAsync(RfbReader reader, CancellationToken cancellationToken)
    {
        await reader.EnsureAsync(7, cancellationToken);
        reader.Advance(3);
        var length = (long)(int)reader.TakeUInt32();
        if (length is > RfbLimits.MaxText or < -MaxMessage)
        {
            throw RfbFailureException.Malformed($"a clipboard of {Math.Abs(length)} bytes, where {RfbLimits.MaxText} are taken");
        }

        var body = new ArrayBufferWriter<byte>();
        if (length >= 0)
        {
            await reader.ReadAsync(length, body, cancellationToken);
            return (Encoding.Latin1.GetString(body.WrittenSpan), null);
        }

        if (length > -4)
        {
            throw RfbFailureException.Malformed($"an extended clipboard of {-length} bytes");
        }

        await reader.EnsureAsync(4, cancellationToken);
        var flags = reader.TakeUInt32();
        await reader.ReadAsync(-length - 4, body, cancellationToken);
        return (flags & (Provide | Caps | Text)) == (Provide | Text) ? (await InflateAsync(body.WrittenMemory.ToArray(), cancellationToken), null) : (null, Answer(flags));
    }

    private byte[]? Answer(uint flags)
    {
        if ((flags & Caps) != 0)
        {
            var first = !_extended;
            _extended = (flags & (Text | Notify | Request)) == (Text | Notify | Request);
            return first && type == 6 ? Capabilities() : null;
        }

        return (flags & (Request | Peek | Notify)) switch
        {
            Notify when (flags & Text) != 0 => Message(Request | Text, []),
            Request when (flags & Text) != 0 => _offered,
            Peek => Message(Notify | (_offered is null ? 0 : Text), []),
            _ => null,
        };
    }

    private byte[] Plain(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text.ReplaceLineEndings("\n"));
        var length = Math.Min(bytes.Length, RfbLimits.MaxText);
        var message = new byte[8 + length];
        message[0] = type;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), length);
        bytes.AsSpan(0, length).CopyTo(message.AsSpan(8));
        return message;
    }

    private byte[] Message(uint flags, ReadOnlySpan<byte> body)
    {
        var message = new byte[12 + body.Length];
        message[0] = type;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), -(4 + body.Length));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), flags);
        body.CopyTo(message.AsSpan(12));
        return message;
    }

    // Lines end with CR LF, and the text with a zero.
    private static byte[] Deflate(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
        var length = Math.Min(bytes.Length, RfbLimits.MaxText);
        while (length < bytes.Length && (bytes[length] & 0xC0) == 0x80)
        {
            // Not within a character.
            length--;
        }

        Span<byte> head = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(head, length + 1);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(head);
            zlib.Write(bytes.AsSpan(0, length));
            zlib.WriteByte(0);
        }

        return compressed.ToArray();
    }

    // Of the formats the text comes first; whatever follows stays compressed.
    private static async ValueTask<string> InflateAsync(byte[] compressed, CancellationToken cancellationToken)
    {
        try
        {
            await using var zlib = new ZLibStream(new MemoryStream(compressed), CompressionMode.Decompress);
            var head = new byte[4];
            await zlib.ReadExactlyAsync(head, cancellationToken);
            var length = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (length > RfbLimits.MaxText + 1)
            {
                throw RfbFailureException.Malformed($"a clipboard of {length} bytes, where {RfbLimits.MaxText} are taken");
            }

            var bytes = new byte[length];
            await zlib.ReadExactlyAsync(bytes, cancellationToken);
            return Encoding.UTF8.GetString(bytes.AsSpan().TrimEnd((byte)0)).ReplaceLineEndings("\n");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new RfbFailureException(RfbFailureException.Malformed("the clipboard is no zlib data, or ends early").Failure, e);
        }
    }
}
