namespace Sallyport.Gateway.Web;

/// <summary>How many requests of a session are under way, and that there are not too many.</summary>
internal sealed class RequestPlaces(int most)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;
    private bool _closed;

    /// <summary>Disposed when the request is over. Null when all are taken, or none is given any more.</summary>
    public IDisposable? Take()
    {
        lock (_lock)
        {
            if (_closed || _taken >= most)
            {
                return null;
            }

            _taken++;
        }

        return new Release(Leave);
    }

    /// <summary>Gives no more.</summary>
    /// <returns>Completes when the last that was taken is free again.</returns>
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

    private void Leave()
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
