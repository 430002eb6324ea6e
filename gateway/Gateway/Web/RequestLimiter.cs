namespace Sallyport.Gateway.Web;

/// <summary>How many requests of a session are under way, and that there are not too many.</summary>
internal sealed class RequestLimiter(int most)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;
    private bool _closed;

    /// <returns>A lease, disposed when the request is over. Null when there are too many, or no more are admitted.</returns>
    public IDisposable? TryAcquire()
    {
        lock (_lock)
        {
            if (_closed || _taken >= most)
            {
                return null;
            }

            _taken++;
        }

        return new DisposableAction(Release);
    }

    /// <summary>Admits no more requests.</summary>
    /// <returns>Completes when the last one is over.</returns>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_taken == 0)
            {
                _empty.TrySetResult();
            }
        }

        return _empty.Task;
    }

    private void Release()
    {
        lock (_lock)
        {
            if (--_taken == 0 && _closed)
            {
                _empty.TrySetResult();
            }
        }
    }
}
