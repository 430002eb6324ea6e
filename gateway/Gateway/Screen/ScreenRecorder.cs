using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen;

/// <summary>
/// Records a screen: what changed, as it changes, and the whole picture at the start, at a change of size, and every ten
/// seconds of activity. A disk that is slow gets fewer, larger changes; it never gets a queue.
/// </summary>
internal sealed class ScreenRecorder(ScreenShadow screen, Func<RecordingEventKind, ReadOnlyMemory<byte>, ValueTask> record, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan KeyframeInterval = TimeSpan.FromSeconds(10);

    /// <summary>Changes within this time are one: 25 pictures a second are enough for any reviewer.</summary>
    private static readonly TimeSpan UpdateInterval = TimeSpan.FromMilliseconds(40);

    private readonly ScreenSubscription _changes = screen.Subscribe();
    private readonly List<ScreenRect> _damage = [];
    private long _keyframeAt;
    private bool _begun;

    /// <exception cref="RecordingException">It can no longer be written.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _changes.WaitAsync(cancellationToken);
            await RecordAsync();
            await Task.Delay(UpdateInterval, time, cancellationToken);
        }
    }

    /// <summary>What has changed since the last time, also after <see cref="RunAsync"/> was cancelled.</summary>
    public async ValueTask RecordAsync()
    {
        var change = _changes.Take(_damage);
        if (change.CursorChanged && screen.Cursor is { } cursor)
        {
            await record(RecordingEventKind.Screen, ScreenRecord.CursorOf(cursor));
        }

        var whole = !_begun || change.Resized || time.GetElapsedTime(_keyframeAt) > KeyframeInterval;
        if (_damage.Count == 0)
        {
            return;
        }

        // A keyframe may be long; its first part is what a replay begins at.
        var kind = whole ? RecordingEventKind.Snapshot : RecordingEventKind.Screen;
        foreach (var payload in whole ? ScreenRecord.KeyframeOf(change.Frame) : ScreenRecord.UpdateOf(change.Frame, _damage))
        {
            await record(kind, payload);
            kind = RecordingEventKind.Screen;
        }

        if (whole)
        {
            (_begun, _keyframeAt) = (true, time.GetTimestamp());
            if (screen.Cursor is { } shown)
            {
                await record(RecordingEventKind.Screen, ScreenRecord.CursorOf(shown));
            }
        }
    }

    public void Dispose() => _changes.Dispose();
}
