using System.Buffers;
using System.Buffers.Binary;

namespace Sallyport.Gateway.Screen.Rfb;

/// <summary>
/// The only place where bytes come in: a bounded buffer in front of a stream. Parsers ask for as many bytes as they need
/// next and look at them as one span; they never see the stream.
/// </summary>
internal sealed class RfbReader(Stream stream)
{
    /// <summary>Holds a row of the widest screen (32 KiB) twice, so that reads stay large.</summary>
    public const int Capacity = 64 * 1024;

    // Not from a pool: a read that is still under way when a connection is given up must not write into what is another's by then.
    private readonly byte[] _buffer = new byte[Capacity];
    private int _start;
    private int _end;

    /// <summary>What is being read, for the message when the connection ends there.</summary>
    public string Part { get; set; } = "the greeting";

    /// <summary>Bytes that came since the beginning.</summary>
    public long Received { get; private set; }

    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    public void Advance(int count) => _start += count;

    /// <summary>Waits until at least so many bytes are buffered.</summary>
    /// <param name="count">At most <see cref="Capacity"/>.</param>
    /// <exception cref="RfbFailureException">The connection ended before.</exception>
    public ValueTask EnsureAsync(int count, CancellationToken cancellationToken) =>
        _end - _start >= count ? ValueTask.CompletedTask : FillAsync(count, cancellationToken);

    /// <summary>Waits for more than is buffered.</summary>
    public ValueTask MoreAsync(CancellationToken cancellationToken) => FillAsync(_end - _start + 1, cancellationToken);

    public byte TakeByte() => _buffer[_start++];

    public ushort TakeUInt16()
    {
        var value = BinaryPrimitives.ReadUInt16BigEndian(Buffered);
        _start += 2;
        return value;
    }

    public uint TakeUInt32()
    {
        var value = BinaryPrimitives.ReadUInt32BigEndian(Buffered);
        _start += 4;
        return value;
    }

    /// <summary>Valid until the next wait.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        var taken = Buffered[..count];
        _start += count;
        return taken;
    }

    /// <summary>Reads that many bytes, which may be more than <see cref="Capacity"/>.</summary>
    /// <param name="target">Takes memory as bytes arrive, not as they are announced.</param>
    public async ValueTask ReadAsync(long count, ArrayBufferWriter<byte> target, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            await EnsureAsync(1, cancellationToken);
            var part = (int)Math.Min(count, _end - _start);
            target.Write(Take(part));
            count -= part;
        }
    }

    public async ValueTask SkipAsync(long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            await EnsureAsync(1, cancellationToken);
            var part = (int)Math.Min(count, _end - _start);
            Advance(part);
            count -= part;
        }
    }

    private async ValueTask FillAsync(int count, CancellationToken cancellationToken)
    {
        if (_start + count > Capacity || _start == _end)
        {
            Buffered.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        while (_end - _start < count)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end, Capacity - _end), cancellationToken);
            if (read == 0)
            {
                throw new RfbFailureException(RfbFailureKind.Closed, $"The connection was closed during {Part}.");
            }

            _end += read;
            Received += read;
        }
    }
}
