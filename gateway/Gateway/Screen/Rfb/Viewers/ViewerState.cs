namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>What a viewer has asked for and has confirmed: where its two loops meet. Decides when it is sent the next update, and how much of one.</summary>
internal sealed class ViewerState(TimeProvider time)
{
    // An update is at most about so large: then the picture comes in parts, and the newest state each time.
    private const int PartLength = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly ViewerFlow _flow = new(time);
    private TaskCompletionSource _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PixelFormat? _format;
    private IReadOnlySet<int>? _encodings;
    private ViewerColours _colours;
    private bool _requested;
    private bool _continuous;
    private bool _fences;
    private bool _saidContinuous;
    private bool _refuseSize;

    /// <inheritdoc cref="RfbViewer.Unconfirmed"/>
    public TimeSpan? Unconfirmed
    {
        get
        {
            lock (_lock)
            {
                return _flow.Unconfirmed;
            }
        }
    }

    public ViewerColours Colours
    {
        get
        {
            lock (_lock)
            {
                return _colours;
            }
        }
    }

    public void Use(PixelFormat format)
    {
        lock (_lock)
        {
            _format = format;
        }
    }

    public void Use(ViewerColours colours)
    {
        lock (_lock)
        {
            _colours = colours;
            _turn.TrySetResult();
        }
    }

    /// <summary>Returns whether the viewer is to be told, once, that continuous updates are known.</summary>
    public bool Use(IReadOnlySet<int> encodings)
    {
        lock (_lock)
        {
            _encodings = encodings;
            _fences = encodings.Contains(RfbEncoding.Fence);
            var say = _fences && encodings.Contains(RfbEncoding.ContinuousUpdates) && !_saidContinuous;
            _saidContinuous |= say;
            return say;
        }
    }

    public void Request()
    {
        lock (_lock)
        {
            _requested = true;
            if (!_fences)
            {
                _flow.Confirmed(ulong.MaxValue);
            }

            _turn.TrySetResult();
        }
    }

    /// <summary>Returns whether the viewer is to be told that they have ended.</summary>
    public bool SetContinuous(bool enabled)
    {
        lock (_lock)
        {
            var ended = _continuous && !enabled;

            // Without fences a slow link would fill with old pictures.
            _continuous = enabled && _fences;
            _turn.TrySetResult();
            return ended;
        }
    }

    /// <summary>The viewer has shown everything up to that update.</summary>
    public void Confirm(ulong number)
    {
        lock (_lock)
        {
            _flow.Confirmed(number);
            _turn.TrySetResult();
        }
    }

    public void RefuseSize()
    {
        lock (_lock)
        {
            _refuseSize = true;
            _turn.TrySetResult();
        }
    }

    /// <summary>Waits until the viewer may be sent something. Returns how much, and whether it is only an answer that waits for no change.</summary>
    public async ValueTask<(int Room, bool IsAnswer)> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task turn;
            lock (_lock)
            {
                if (_refuseSize)
                {
                    return (PartLength, true);
                }

                if ((_requested || _continuous) && _flow.Room is > 0 and var room)
                {
                    return (Math.Min(room, PartLength), false);
                }

                _turn = _turn.Task.IsCompleted ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : _turn;
                turn = _turn.Task;
            }

            await turn.WaitAsync(cancellationToken);
        }
    }

    /// <summary>What the viewer asked for meanwhile holds from here on: between two updates, never within one. Returns whether a size is to be refused.</summary>
    public bool Apply(UpdateEncoder encoder)
    {
        lock (_lock)
        {
            encoder.Use(_format, _encodings, _colours, _flow.IsSlow);
            (_format, _encodings) = (null, null);
            var refuse = _refuseSize;
            _refuseSize = false;
            return refuse;
        }
    }

    /// <summary>Notes an update. Returns the number that the viewer is to confirm it by; null: it knows no fences.</summary>
    public ulong? Sent(int bytes)
    {
        lock (_lock)
        {
            _requested = false;
            var number = _flow.Sent(bytes);
            return _fences ? number : null;
        }
    }
}
