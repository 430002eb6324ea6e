using System.Runtime.InteropServices;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Shadow;

/// <param name="Frame">What the damage is about.</param>
/// <param name="Resized">The frame is another one than at the last look.</param>
/// <param name="CursorChanged">The shadow has a new cursor.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ScreenChange(ScreenFrame Frame, bool Resized, bool CursorChanged);

/// <summary>One subscriber's view of what has changed: a union of areas, however long it does not look, and never a queue.</summary>
public sealed class ScreenSubscription : IDisposable
{
    private readonly Lock _lock;
    private readonly Action<ScreenSubscription> _remove;
    private DamageMap _damage;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _resized;
    private bool _cursorChanged = true;

    internal ScreenSubscription(Lock shared, ScreenFrame frame, Action<ScreenSubscription> remove)
    {
        (_lock, _remove) = (shared, remove);
        Frame = frame;
        _damage = NewDamage(frame);
        _news.SetResult();
    }

    /// <summary>The screen as of the newest change.</summary>
    public ScreenFrame Frame { get; private set; }

    /// <summary>Waits until something has changed since the last <see cref="Take"/>.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _news.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>What has changed since the last call; the caller shows the areas as they are from now on.</summary>
    /// <param name="damage">Emptied, and filled with the areas.</param>
    public ScreenChange Take(List<ScreenRect> damage)
    {
        damage.Clear();
        lock (_lock)
        {
            _damage.AddRectanglesTo(damage);
            _damage.Clear();
            var change = new ScreenChange(Frame, _resized, _cursorChanged);
            (_resized, _cursorChanged) = (false, false);
            if (_news.Task.IsCompleted)
            {
                _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return change;
        }
    }

    /// <summary>An area that was taken is looked at only now: what changed in it until now is seen, and is no news any more.</summary>
    /// <param name="area">One that <see cref="Take"/> gave, or a part of it made of whole tiles of 16 × 16 pixels.</param>
    public void Settle(ScreenFrame frame, ScreenRect area)
    {
        lock (_lock)
        {
            if (ReferenceEquals(frame, Frame))
            {
                _damage.Unmark(area);
            }
        }
    }

    /// <summary>The whole screen counts as changed, for one that must show it anew.</summary>
    public void MarkAll()
    {
        lock (_lock)
        {
            _damage.MarkAll();
            _cursorChanged = true;
            _news.TrySetResult();
        }
    }

    public void Dispose() => _remove(this);

    // The rest is called under the lock.
    internal void Add(DamageMap damage)
    {
        _damage.Add(damage);
        _news.TrySetResult();
    }

    internal void AddCursor()
    {
        _cursorChanged = true;
        _news.TrySetResult();
    }

    internal void Replace(ScreenFrame frame)
    {
        Frame = frame;
        _damage = NewDamage(frame);
        _resized = true;
        _news.TrySetResult();
    }

    private static DamageMap NewDamage(ScreenFrame frame)
    {
        var damage = new DamageMap(frame.Width, frame.Height);
        damage.MarkAll();
        return damage;
    }
}
