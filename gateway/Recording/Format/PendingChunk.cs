using System.Buffers.Binary;

namespace Sallyport.Recording.Format;

/// <summary>Events that wait to be sealed.</summary>
internal sealed class PendingChunk : IDisposable
{
    private readonly PooledBuffer _buffer = new();
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done once the kernel has it: this process's death does not take it any more. Never done if that failed.</summary>
    public Task Written => _written.Task;

    public int Count { get; private set; }

    public TimeSpan First { get; private set; }

    public long FirstMicroseconds => Microseconds(First);

    public long LastMicroseconds { get; private set; }

    public uint OutputBytes { get; private set; }

    public uint InputBytes { get; private set; }

    public bool BeginsWithSnapshot { get; private set; }

    public int Length => _buffer.Length;

    public ReadOnlyMemory<byte> Bytes => _buffer.Bytes;

    public void Add(TimeSpan at, RecordingEventKind kind, ReadOnlySpan<byte> payload)
    {
        // Whole microseconds before the difference, or rounding would add up over a chunk.
        var microseconds = Microseconds(at);
        if (Count == 0)
        {
            (First, LastMicroseconds, BeginsWithSnapshot) = (at, microseconds, kind == RecordingEventKind.Snapshot);
        }

        EventCodec.Write(_buffer, microseconds - LastMicroseconds, kind, payload);
        LastMicroseconds = microseconds;
        Count++;
        switch (kind)
        {
            case RecordingEventKind.Output or RecordingEventKind.Screen or RecordingEventKind.Http:
                OutputBytes += (uint)payload.Length;
                break;
            case RecordingEventKind.Input:
                InputBytes = Sum(InputBytes, (uint)payload.Length);
                break;
            case RecordingEventKind.MaskedInput:
                InputBytes = Sum(InputBytes, BinaryPrimitives.ReadUInt32LittleEndian(payload));
                break;
        }
    }

    public void SetWritten() => _written.TrySetResult();

    /// <summary>It was sealed; its bytes are gone.</summary>
    public void Dispose() => _buffer.Dispose();

    private static uint Sum(uint a, uint b) => (uint)Math.Min(uint.MaxValue, (ulong)a + b);

    private static long Microseconds(TimeSpan at) => at.Ticks / TimeSpan.TicksPerMicrosecond;
}
