using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Recordings.Video;

public enum VideoStage
{
    Waiting,

    /// <summary>The recording's chain is being verified.</summary>
    Checking,
    Making,
    Done,
    Failed,
    Cancelled,
}

/// <summary>Where the video of a recording stands, as its page shows it.</summary>
/// <param name="Percent">0 to 100.</param>
/// <param name="SecondsLeft">Null while that cannot be said.</param>
/// <param name="Ahead">Videos that are made before it.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="Message">Why there is none, or what to know of it.</param>
public sealed record VideoState(VideoStage Stage, bool SkipIdle, double Percent, double? SecondsLeft, int Ahead, long Bytes, string By, string? Message, DateTimeOffset? DeletedAt);

/// <summary>One video that somebody asked for. Changed by the one that makes it, read by anybody.</summary>
internal sealed class VideoJob(Actor actor, RecordingSummary listing, bool skipIdle, string folder, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan SureAfter = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private VideoState _state = new(VideoStage.Waiting, skipIdle, 0, null, 0, 0, actor.Name, null, null);
    private long _startedAt;

    /// <summary>Who came first is made first.</summary>
    public long Order { get; } = time.GetTimestamp();

    public Actor Actor { get; } = actor;

    public RecordingSummary Listing { get; } = listing;

    public bool SkipIdle { get; } = skipIdle;

    public string Folder { get; } = folder;

    public string File => Path.Combine(Folder, VideoMaker.FileName);

    public CancellationTokenSource Cancelled { get; } = new();

    public VideoState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    public bool IsOver => State.Stage is VideoStage.Done or VideoStage.Failed or VideoStage.Cancelled;

    public void Begin(VideoStage stage)
    {
        lock (_lock)
        {
            (_state, _startedAt) = (_state with { Stage = stage }, time.GetTimestamp());
        }
    }

    public void Progress(long made, long all)
    {
        var (part, taken) = ((double)made / Math.Max(1, all), time.GetElapsedTime(_startedAt));
        lock (_lock)
        {
            _state = _state with { Percent = Math.Min(100, Math.Round(part * 100, 1)), SecondsLeft = taken > SureAfter && part > 0 ? Math.Round(taken.TotalSeconds * (1 - part) / part) : null };
        }
    }

    public void End(VideoStage stage, string? message, long bytes, DateTimeOffset deletedAt)
    {
        lock (_lock)
        {
            _state = _state with { Stage = stage, Message = message, Bytes = bytes, DeletedAt = deletedAt, SecondsLeft = null };
        }
    }

    public void Dispose() => Cancelled.Dispose();
}
