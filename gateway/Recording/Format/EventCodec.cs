using System.Buffers;

namespace Sallyport.Recording.Format;

/// <summary>Events inside a chunk: time since the event before (or the chunk's first) in µs, kind, length, payload; numbers as LEB128.</summary>
public static class EventCodec
{
    public static void Write(IBufferWriter<byte> target, long microseconds, RecordingEventKind kind, ReadOnlySpan<byte> payload)
    {
        var head = target.GetSpan(24);
        var length = WriteNumber(head, (ulong)microseconds);
        head[length++] = (byte)kind;
        length += WriteNumber(head[length..], (ulong)payload.Length);
        target.Advance(length);
        target.Write(payload);
    }

    /// <summary>The next event, or null at the end of the chunk.</summary>
    /// <exception cref="RecordingException">The bytes are not events.</exception>
    public static RecordingEvent? Read(ref ReadOnlyMemory<byte> source, ref long microseconds)
    {
        if (source.IsEmpty)
        {
            return null;
        }

        var delta = ReadNumber(ref source);
        if (source.IsEmpty)
        {
            throw new RecordingException("An event ends before its kind.");
        }

        var kind = (RecordingEventKind)source.Span[0];
        source = source[1..];
        var length = ReadNumber(ref source);
        if (length > (ulong)source.Length)
        {
            throw new RecordingException("An event is longer than its chunk.");
        }

        if (microseconds is < 0 or > Layout.MaxMicroseconds || delta > (ulong)(Layout.MaxMicroseconds - microseconds))
        {
            throw new RecordingException("An event is later than a recording can be long.");
        }

        microseconds += (long)delta;
        var payload = source[..(int)length];
        source = source[(int)length..];
        return new RecordingEvent(TimeSpan.FromMicroseconds(microseconds), kind, payload);
    }

    private static int WriteNumber(Span<byte> target, ulong value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            target[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[length++] = (byte)value;
        return length;
    }

    private static ulong ReadNumber(ref ReadOnlyMemory<byte> source)
    {
        var span = source.Span;
        ulong value = 0;
        for (var i = 0; i < span.Length && i < 9; i++)
        {
            value |= (ulong)(span[i] & 0x7F) << (7 * i);
            if (span[i] < 0x80)
            {
                source = source[(i + 1)..];
                return value;
            }
        }

        throw new RecordingException("A number in an event does not end.");
    }
}
