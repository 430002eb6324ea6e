using System.Buffers;

namespace Sallyport.Recording.Format;

/// <summary>Events that wait to be sealed.</summary>
internal sealed class PendingChunk
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);

    public int Count { get; private set; }

    public TimeSpan First { get; private set; }

    public TimeSpan Last { get; private set; }

    public uint OutputBytes { get; private set; }

    public uint InputBytes { get; private set; }

    public bool BeginsWithSnapshot { get; private set; }

    public int Length => _buffer.WrittenCount;

    public ReadOnlyMemory<byte> Bytes => _buffer.WrittenMemory;

    public void Add(TimeSpan at, RecordingEventKind kind, ReadOnlySpan<byte> payload)
    {
        if (Count == 0)
        {
            (First, Last, BeginsWithSnapshot) = (at, at, kind == RecordingEventKind.Snapshot);
        }

        // Whole microseconds before the difference, or rounding would add up over a chunk.
        EventCodec.Write(_buffer, (long)at.TotalMicroseconds - (long)Last.TotalMicroseconds, kind, payload);
        Last = at;
        Count++;
        switch (kind)
        {
            case RecordingEventKind.Output:
                OutputBytes += (uint)payload.Length;
                break;
            case RecordingEventKind.Input or RecordingEventKind.MaskedInput:
                InputBytes += kind == RecordingEventKind.Input ? (uint)payload.Length : 1;
                break;
        }
    }
}
