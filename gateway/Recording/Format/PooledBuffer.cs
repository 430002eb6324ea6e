using System.Buffers;

namespace Sallyport.Recording.Format;

/// <summary>
/// Bytes that are gathered in an array of the shared pool: while much is printed, hundreds of chunks a second come and go, each too large for
/// the collector's young generations. What was in it is cleared when it is given back.
/// </summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int Smallest = 4096;

    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Length);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        GiveBack();
        (_bytes, Length) = ([], 0);
    }

    private void Reserve(int size)
    {
        if (_bytes.Length - Length >= Math.Max(size, 1))
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Smallest, Math.Max(Length + size, _bytes.Length * 2)));
        Bytes.CopyTo(larger);
        GiveBack();
        _bytes = larger;
    }

    private void GiveBack()
    {
        if (_bytes.Length > 0)
        {
            _bytes.AsSpan(0, Length).Clear();
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
