using System.Buffers.Binary;

namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>A message on its way to a viewer. A stream only so that zlib can write into it.</summary>
internal sealed class UpdateBuffer : Stream
{
    private byte[] _bytes = new byte[16 * 1024];
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public int Count => _length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    public void Clear() => _length = 0;

    public void AddByte(byte value) => Add(1)[0] = value;

    public void AddUInt16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Add(2), (ushort)value);

    public void AddInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Add(4), value);

    /// <summary>Room for so many bytes, to be filled at once.</summary>
    public Span<byte> Add(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }

        var added = _bytes.AsSpan(_length, count);
        _length += count;
        return added;
    }

    /// <summary>What was written before, to be corrected.</summary>
    public Span<byte> At(int position, int count) => _bytes.AsSpan(position, count);

    public override void Write(ReadOnlySpan<byte> buffer) => buffer.CopyTo(Add(buffer.Length));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
