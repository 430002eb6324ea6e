namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>
/// How much may be on its way to a viewer that confirms what it has shown (fences), so that a fast far link is filled and
/// a slow one does not hold seconds of old pictures: a window that grows while answers come quickly and shrinks when they queue.
/// Not thread-safe.
/// </summary>
internal sealed class ViewerFlow(TimeProvider time)
{
    private const int SmallestWindow = 16 * 1024;
    private const int LargestWindow = 4 * 1024 * 1024;

    // Little enough to learn within a second that a link is slow.
    private const int FirstWindow = 64 * 1024;

    private const int MaxUpdates = 16;

    // Of the time that an answer takes: so much more than on an empty link is a queue.
    private static readonly TimeSpan Queue = TimeSpan.FromMilliseconds(100);

    // A picture that is that much longer on its way than an empty link takes is late for whoever works with it.
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(500);

    // What is taken for the way itself, at most, and until it was measured: a satellite's.
    private static readonly TimeSpan LongestWay = TimeSpan.FromMilliseconds(600);

    // Then a slow link is given another chance.
    private static readonly TimeSpan Forgiving = TimeSpan.FromSeconds(5);

    private readonly Queue<(ulong Number, int Bytes, long Sent)> _onTheWay = new();
    private TimeSpan _quickest = TimeSpan.MaxValue;
    private int _window = FirstWindow;
    private int _bytes;
    private ulong _number;
    private long _lateAt;
    private bool _wasLate;

    /// <summary>Bytes that may be sent now; 0: wait for an answer. One update is always allowed.</summary>
    public int Room => _onTheWay.Count == 0 ? _window : _onTheWay.Count >= MaxUpdates ? 0 : Math.Max(0, _window - _bytes);

    /// <summary>How long the oldest update that was not confirmed is on its way; null: all are confirmed.</summary>
    public TimeSpan? Unconfirmed => _onTheWay.TryPeek(out var oldest) ? time.GetElapsedTime(oldest.Sent) : null;

    /// <summary>Pictures come late: the viewer is better served with less.</summary>
    public bool IsSlow
    {
        get
        {
            Judge(Unconfirmed ?? TimeSpan.Zero);
            return _wasLate && time.GetElapsedTime(_lateAt) < Forgiving;
        }
    }

    /// <summary>Notes an update. Returns the number that confirms it.</summary>
    public ulong Sent(int bytes)
    {
        _onTheWay.Enqueue((++_number, bytes, time.GetTimestamp()));
        _bytes += bytes;
        return _number;
    }

    /// <summary>The viewer has shown everything up to that update.</summary>
    public void Confirmed(ulong number)
    {
        while (_onTheWay.TryPeek(out var update) && update.Number <= number)
        {
            _onTheWay.Dequeue();
            var full = _bytes > _window / 2;
            _bytes -= update.Bytes;
            var taken = time.GetElapsedTime(update.Sent);
            _quickest = taken < _quickest ? taken : _quickest;
            Judge(taken);
            if (taken > _quickest + Queue)
            {
                _window = Math.Max(SmallestWindow, _window / 4 * 3);
            }
            else if (full)
            {
                // What is not used up tells nothing of the link.
                _window = Math.Min(LargestWindow, _window + update.Bytes);
            }
        }
    }

    private void Judge(TimeSpan taken)
    {
        if (taken > Late + (_quickest < LongestWay ? _quickest : LongestWay))
        {
            (_wasLate, _lateAt) = (true, time.GetTimestamp());
        }
    }
}
