namespace Sallyport.Gateway.Screen.Rfb.Asset;

/// <summary>
/// When to ask for the next update. A server should answer only when something has changed; a panel that answers at once
/// with what is there already is asked less and less often, until something moves or somebody touches it.
/// </summary>
internal sealed class UpdatePacing(TimeSpan shortest, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _shortest = shortest;
    private TimeSpan _interval = shortest;
    private long _asked;

    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                return _interval - time.GetElapsedTime(_asked);
            }
        }
    }

    /// <summary>The last answer was news, and the next may be asked for.</summary>
    public bool IsLively
    {
        get
        {
            lock (_lock)
            {
                return _interval == _shortest && time.GetElapsedTime(_asked) >= _shortest;
            }
        }
    }

    /// <summary>Ends early when there is input.</summary>
    public Task DelayAsync(CancellationToken cancellationToken)
    {
        var remaining = Remaining;
        if (remaining <= TimeSpan.Zero)
        {
            return Task.CompletedTask;
        }

        // Timers count whole milliseconds, and one that fires early would only start another.
        remaining += TimeSpan.FromMilliseconds(1);
        lock (_lock)
        {
            return Task.WhenAny(Task.Delay(remaining, time, cancellationToken), _hurry.Task);
        }
    }

    public void Asked() => _asked = time.GetTimestamp();

    public void Answered(bool changed)
    {
        lock (_lock)
        {
            _interval = changed ? _shortest : TimeSpan.FromTicks(Math.Clamp(_interval.Ticks * 2, _shortest.Ticks, Math.Max(Longest.Ticks, _shortest.Ticks)));
        }
    }

    public void Hurry()
    {
        lock (_lock)
        {
            _interval = _shortest;
            _hurry.TrySetResult();
            _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
