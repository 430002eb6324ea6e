using System.IO.Compression;

namespace Sallyport.Gateway.Screen.Rfb.Decoding;

/// <summary>
/// One zlib stream that goes on from rectangle to rectangle. It inflates only as much as its bounded buffer takes, from
/// only as many compressed bytes as the rectangle has: so a zlib bomb is noticed when the rectangle is full.
/// </summary>
internal sealed class InflatingReader(RfbReader reader) : IDisposable
{
    /// <summary>Two rows of the widest screen, and more than the largest tile.</summary>
    private const int Capacity = 64 * 1024;

    private readonly CompressedPart _part = new(reader);
    private byte[] _buffer = [];
    private ZLibStream? _zlib;
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    public void Advance(int count) => _start += count;

    /// <summary>Begins the next rectangle's data.</summary>
    public void Begin(long compressedLength)
    {
        _buffer = _buffer.Length == 0 ? new byte[Capacity] : _buffer;
        _zlib ??= new ZLibStream(_part, CompressionMode.Decompress, leaveOpen: true);
        _part.Left = compressedLength;
        (_start, _end) = (0, 0);
    }

    /// <summary>The next data begin a new zlib stream.</summary>
    public void Reset()
    {
        _zlib?.Dispose();
        _zlib = null;
    }

    /// <summary>Waits until at least so many inflated bytes are buffered.</summary>
    /// <exception cref="RfbFailureException">The rectangle has no more of them, or they are no zlib data.</exception>
    public async ValueTask EnsureAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            await MoreAsync(cancellationToken);
        }
    }

    /// <inheritdoc cref="EnsureAsync"/>
    public async ValueTask MoreAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            Buffered.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        while (true)
        {
            var read = Inflate(_buffer.AsSpan(_end, Capacity - _end));
            if (read > 0)
            {
                _end += read;
                return;
            }

            if (_part.Left == 0)
            {
                throw RfbFailureException.Malformed("compressed data that end before their rectangle is full");
            }

            await WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes in what is left of the rectangle's compressed data, which must not hold more pixels.</summary>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_end > _start || Inflate(_buffer.AsSpan(0, 1)) > 0)
            {
                throw RfbFailureException.Malformed("compressed data that hold more than their rectangle");
            }

            if (_part.Left == 0)
            {
                return;
            }

            await WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => Reset();

    private int Inflate(Span<byte> target)
    {
        try
        {
            return _zlib!.Read(target);
        }
        // ZLibStream's exception for a stream that wants a dictionary is an IOException.
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new RfbFailureException(RfbFailureException.Malformed("compressed data that are no zlib data").Failure, e);
        }
    }

    private ValueTask WaitAsync(CancellationToken cancellationToken) =>
        // What has arrived and is left is more than the finished zlib stream takes.
        reader.Buffered.Length > 0 ? throw RfbFailureException.Malformed("compressed data after the end of their zlib stream") : reader.EnsureAsync(1, cancellationToken);

    /// <summary>
    /// What has arrived of the rectangle's compressed bytes. It ends where they end; ZLibStream takes that as "nothing now",
    /// keeps its state, and goes on when there is more.
    /// </summary>
    private sealed class CompressedPart(RfbReader reader) : Stream
    {
        public long Left { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(Left, Math.Min(buffer.Length, reader.Buffered.Length));
            reader.Take(count).CopyTo(buffer);
            Left -= count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
