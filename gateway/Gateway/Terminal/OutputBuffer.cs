namespace Sallyport.Gateway.Terminal;

/// <summary>
/// Output that the browser has not acknowledged yet, by its offset in the whole stream: what a browser that comes back
/// is sent again. Grows with need up to its limit; then whoever appends waits, so nothing is ever dropped.
/// </summary>
public sealed class OutputBuffer
{
    private const int Smallest = 16 * 1024;
    private const int Largest = 4 * 1024 * 1024;

    private readonly Lock _lock = new();
    private byte[] _ring = new byte[Smallest];
    private long _start;
    private long _end;
    private TaskCompletionSource _room = NewSignal();
    private TaskCompletionSource _more = NewSignal();

    /// <summary>Offset of the next byte that will be appended.</summary>
    public long End
    {
        get
        {
            lock (_lock)
            {
                return _end;
            }
        }
    }

    /// <summary>Offset of the oldest byte that is kept.</summary>
    public long Start
    {
        get
        {
            lock (_lock)
            {
                return _start;
            }
        }
    }

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (var rest = bytes; !rest.IsEmpty;)
        {
            Task? room = null;
            lock (_lock)
            {
                var free = Reserve(rest.Length);
                if (free > 0)
                {
                    var part = rest[..Math.Min(free, rest.Length)];
                    Copy(part.Span);
                    rest = rest[part.Length..];
                    _more.TrySetResult();
                }
                else
                {
                    room = _room.Task;
                }
            }

            if (room is not null)
            {
                await room.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Everything before that offset has arrived.</summary>
    public void Acknowledge(long offset)
    {
        lock (_lock)
        {
            if (offset <= _start || offset > _end)
            {
                return;
            }

            _start = offset;
            _room.TrySetResult();
            _room = NewSignal();
            if (_start == _end && _ring.Length > Smallest)
            {
                _ring = new byte[Smallest];
            }
        }
    }

    /// <summary>Copies what there is from that offset on; 0: nothing yet; -1: it is not kept any more.</summary>
    public int Read(long offset, Span<byte> target)
    {
        lock (_lock)
        {
            if (offset < _start)
            {
                return -1;
            }

            var count = (int)Math.Min(target.Length, _end - offset);
            if (count <= 0)
            {
                _more = _more.Task.IsCompleted ? NewSignal() : _more;
                return 0;
            }

            var at = (int)(offset % _ring.Length);
            var first = Math.Min(count, _ring.Length - at);
            _ring.AsSpan(at, first).CopyTo(target);
            _ring.AsSpan(0, count - first).CopyTo(target[first..]);
            return count;
        }
    }

    /// <summary>Completes when there is more than at the last empty <see cref="Read"/>.</summary>
    public Task MoreAsync()
    {
        lock (_lock)
        {
            return _more.Task;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int Reserve(int wanted)
    {
        var used = (int)(_end - _start);
        var size = _ring.Length;
        while (size - used < wanted && size < Largest)
        {
            size *= 2;
        }

        if (size != _ring.Length)
        {
            var larger = new byte[size];
            for (var offset = _start; offset < _end;)
            {
                var at = (int)(offset % _ring.Length);
                var to = (int)(offset % size);
                var count = (int)Math.Min(_end - offset, Math.Min(_ring.Length - at, size - to));
                _ring.AsSpan(at, count).CopyTo(larger.AsSpan(to));
                offset += count;
            }

            _ring = larger;
        }

        return size - used;
    }

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        var at = (int)(_end % _ring.Length);
        var first = Math.Min(bytes.Length, _ring.Length - at);
        bytes[..first].CopyTo(_ring.AsSpan(at));
        bytes[first..].CopyTo(_ring);
        _end += bytes.Length;
    }
}
