using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Recording;

namespace Sallyport.Gateway.Sessions;

/// <summary>
/// One running session of any protocol: its time, its recording and its end. It outlives a browser's link for a while,
/// and the portal's until its end; it does not outlive its recording.
/// </summary>
public abstract class BrokeredSession
{
    private static readonly TimeSpan TickLength = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan HeadInterval = TimeSpan.FromSeconds(8);
    private static readonly int[] Warnings = [5, 1];
    private static readonly TimeSpan IdleWarning = TimeSpan.FromSeconds(50);

    private readonly SessionContext _context;
    private readonly SemaphoreSlim _recordingOrder = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _started;
    private readonly ConcurrentDictionary<BrowserConnection, (Guid WatchId, string Name)> _watchers = new();
    private readonly ConcurrentDictionary<Guid, string> _endedWatches = new();
    private readonly Lock _lock = new();
    private volatile EndedMessage? _end;
    private long _lastInput;
    private long _endsAt;
    private int _warned = int.MaxValue;
    private volatile bool _idleWarned;

    protected BrokeredSession(SessionContext context)
    {
        // The credential has done its work; nothing here keeps it.
        _context = context with { Order = context.Order with { Credential = AssetCredential.None } };
        EndsAt = context.Order.EndsAt;
        _started = _lastInput = context.Time.GetTimestamp();
    }

    public Guid Id => Order.SessionId;

    internal ServiceKind Kind => Order.Kind;

    public DateTimeOffset EndsAt
    {
        get => new(Volatile.Read(ref _endsAt), TimeSpan.Zero);
        private set => Volatile.Write(ref _endsAt, value.UtcTicks);
    }

    /// <summary>Why it ended; null while it runs.</summary>
    public EndedMessage? Ended => _end;

    /// <summary>Sealed, reported and gone.</summary>
    public Task Completion => _completion.Task;

    protected SessionSpec Order => _context.Order;

    protected TimeProvider Time => _context.Time;

    protected TimeSpan Elapsed => Time.GetElapsedTime(_started);

    /// <summary>Cancelled when the session ends.</summary>
    protected internal CancellationToken Ending => _ending.Token;

    /// <summary>The first reason stands.</summary>
    public void End(SessionEndReason reason, string message)
    {
        lock (_lock)
        {
            _end ??= new EndedMessage(reason, message);
        }

        _ending.Cancel();
    }

    public void MoveEnd(DateTimeOffset endsAt)
    {
        if (EndsAt == endsAt)
        {
            return;
        }

        (EndsAt, _warned) = (endsAt, int.MaxValue);
        Notify(new NoticeMessage("window", $"The session now ends at {endsAt:HH:mm} UTC.", EndsAt: endsAt));
    }

    /// <summary>Somebody who may, answered the wish for control; of consequence to screens alone.</summary>
    public virtual Task AnswerControlAsync(ControlAnswer answer) => Task.CompletedTask;

    internal void Start() => _ = RunAsync();

    /// <summary>Somebody comes to watch: the user is told, and it is recorded.</summary>
    internal async Task<OpenedMessage> WatchAsync(BrowserConnection browser, Guid watchId, PartyName watcher)
    {
        _watchers[browser] = (watchId, watcher.Name);
        if (_endedWatches.TryGetValue(watchId, out var message))
        {
            // Its end overtook its beginning.
            EndWatch(watchId, message);
        }

        await RecordMarkerAsync($"Watched by {watcher.Name}");
        NotifyObservers();
        return new OpenedMessage(Id, "", EndsAt, Time.GetUtcNow(), Order.Asset.Name, Order.Plant.Name, Order.Service.Name, Order.User.Name, Weak: WeakAlgorithms);
    }

    internal IEnumerable<Guid> Watches => _watchers.Values.Select(watcher => watcher.WatchId);

    /// <summary>Somebody may not watch any more: they get nothing from now on but the reason.</summary>
    public void EndWatch(Guid watchId, string message)
    {
        _endedWatches[watchId] = message;
        foreach (var browser in _watchers.Where(watcher => watcher.Value.WatchId == watchId).Select(watcher => watcher.Key))
        {
            _ = browser.CutAsync(SessionMessages.Json(SessionMessages.Ended, new EndedMessage(SessionEndReason.SignedOut, message)));
            Unwatch(browser);
        }
    }

    internal void Unwatch(BrowserConnection browser)
    {
        if (_watchers.TryRemove(browser, out _))
        {
            NotifyObservers();
        }
    }

    /// <summary>Relays between asset and browser; returns or throws when the asset is gone.</summary>
    /// <exception cref="AssetFailureException">The asset's connection was lost.</exception>
    protected abstract Task RelayAsync();

    /// <summary>Hangs up at the asset; what <see cref="RelayAsync"/> waits for must then fail.</summary>
    protected abstract void Disconnect();

    /// <summary>Old algorithms that encrypt it between gateway and asset; null: none.</summary>
    protected virtual IReadOnlyList<string>? WeakAlgorithms => null;

    /// <summary>How long nobody has been at the session; null while somebody is.</summary>
    protected abstract TimeSpan? Unattended { get; }

    /// <summary>To the user, and to whoever watches.</summary>
    protected virtual void Notify(NoticeMessage notice)
    {
        foreach (var watcher in _watchers.Keys)
        {
            watcher.Send(SessionMessages.Json(SessionMessages.Notice, notice));
        }
    }

    /// <summary>The last word to the browsers.</summary>
    protected virtual Task NotifyEndedAsync(EndedMessage ended) =>
        Task.WhenAll(_watchers.Keys.Select(watcher => watcher.FinishAsync(SessionMessages.Json(SessionMessages.Ended, ended))));

    protected void Report<T>(string route, T body) => _context.Link.Report(GatewayRoutes.OfSession(route, Id), body);

    /// <summary>Four times a second.</summary>
    protected virtual ValueTask TickAsync() => ValueTask.CompletedTask;

    /// <summary>What has still to be recorded before the recording is sealed.</summary>
    protected virtual ValueTask RecordRestAsync() => ValueTask.CompletedTask;

    /// <summary>The user was asked whether somebody is there, and has this long to do something; null while there is no need to ask.</summary>
    protected TimeSpan? IdleNotice => _idleWarned ? IdleLeft : null;

    /// <summary>The user did something: the idle time begins anew.</summary>
    protected void TouchInput() => Volatile.Write(ref _lastInput, Time.GetTimestamp());

    // Nothing runs unrecorded. The cause stays here: it names files of the gateway.
    private void EndUnrecorded() =>
        End(SessionEndReason.RecordingFailed, "The session was ended because its recording can no longer be written (is the disk full?). What was recorded is kept. Tell an admin.");

    protected ValueTask RecordAsync(RecordingEventKind kind, ReadOnlyMemory<byte> payload) => RecordAsync(null, kind, payload);

    protected ValueTask RecordMarkerAsync(string text) => RecordAsync(null, RecordingEventKind.Marker, Encoding.UTF8.GetBytes(text));

    /// <summary>One order for all events of a session, whoever records them.</summary>
    /// <param name="before">Events that come first; evaluated when it is their turn.</param>
    /// <exception cref="RecordingException">It cannot be recorded; the session is ended.</exception>
    protected async ValueTask RecordAsync(Func<IEnumerable<(RecordingEventKind Kind, byte[] Payload)>>? before, RecordingEventKind kind, ReadOnlyMemory<byte> payload)
    {
        await _recordingOrder.WaitAsync();
        try
        {
            if (before is not null)
            {
                foreach (var (earlier, bytes) in before())
                {
                    await _context.Recording.WriteAsync(earlier, bytes, CancellationToken.None);
                    GatewayMetrics.Recorded(Kind, bytes.Length);
                }
            }

            if (kind != default)
            {
                await _context.Recording.WriteAsync(kind, payload, CancellationToken.None);
                GatewayMetrics.Recorded(Kind, payload.Length);
            }
        }
        catch (RecordingException)
        {
            EndUnrecorded();
            throw;
        }
        finally
        {
            _recordingOrder.Release();
        }
    }

    private TimeSpan IdleLeft => TimeSpan.FromSeconds(Order.IdleTimeoutSeconds) - Time.GetElapsedTime(Volatile.Read(ref _lastInput));

    private void NotifyObservers() => Notify(new NoticeMessage(
        "watchers",
        _watchers.IsEmpty ? "" : $"Watched by {string.Join(", ", _watchers.Values.Select(watcher => watcher.Name).Distinct().Order(StringComparer.CurrentCulture))}"));

    private async Task RunAsync()
    {
        using var recordingFailed = _context.Recording.Failed.Register(EndUnrecorded);
        var relay = RelayToItsEndAsync();
        await WatchAsync();
        Disconnect();
        await relay;
        await FinishAsync();
        _completion.SetResult();
    }

    private async Task RelayToItsEndAsync()
    {
        try
        {
            await RelayAsync();
            End(SessionEndReason.AssetLost, "The asset closed the connection.");
        }
        catch (OperationCanceledException)
        {
            // Ended from outside; the reason is set.
        }
        catch (AssetFailureException e)
        {
            End(e.Reason, e.Message);
        }
        catch (RecordingException)
        {
            // Ended where it was to be recorded.
        }
    }

    // Everything that time does to a session.
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(TickLength, Time);
        var reported = (Head: new RecordingHead(-2, "", 0), At: Time.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(Ending))
            {
                await TickAsync();
                await WarnOfEndAsync(EndsAt - Time.GetUtcNow());
                WarnOfIdleEnd();
                if (Unattended is { } away && away.TotalSeconds > Order.LinkGraceSeconds)
                {
                    End(SessionEndReason.BrowserLost, "The browser's link dropped and did not come back in time.");
                }

                if (_context.Recording.Head != reported.Head && Time.GetElapsedTime(reported.At) > HeadInterval)
                {
                    reported = (_context.Recording.Head, Time.GetTimestamp());
                    _context.Link.Report(GatewayRoutes.OfSession(GatewayRoutes.Head, Id), Report(reported.Head));
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (RecordingException)
        {
            // Ended where it was to be recorded.
        }
    }

    private async ValueTask WarnOfEndAsync(TimeSpan left)
    {
        if (left <= TimeSpan.Zero)
        {
            End(SessionEndReason.GrantEnded, "The time of your grant is over. Ask for access again if you need more.");
        }

        foreach (var minutes in Warnings.Where(minutes => minutes < _warned && left <= TimeSpan.FromMinutes(minutes) && left > TimeSpan.FromMinutes(minutes - 1)))
        {
            _warned = minutes;
            await RecordMarkerAsync($"Warned: {minutes} min left");
            Notify(new NoticeMessage("warning", minutes == 1 ? "One minute left, then the session ends." : $"{minutes} minutes left, then the session ends.", minutes, EndsAt));
        }
    }

    private void WarnOfIdleEnd()
    {
        if (Order.IdleTimeoutSeconds <= 0)
        {
            return;
        }

        var left = IdleLeft;
        if (left <= TimeSpan.Zero)
        {
            End(SessionEndReason.Idle, $"Nobody did anything for {Order.IdleTimeoutSeconds / 60} minutes.");
        }
        else if (left <= IdleWarning != _idleWarned)
        {
            _idleWarned = !_idleWarned;
            Notify(new NoticeMessage("idle", _idleWarned ? "Are you still there? Without a key or a click the session ends in less than a minute." : ""));
        }
    }

    private async Task FinishAsync()
    {
        var ended = _end ?? new EndedMessage(SessionEndReason.AssetLost, "The session ended.");
        var (reason, message) = ended;
        RecordingHead head;
        var whole = false;
        try
        {
            await RecordRestAsync();
            await RecordMarkerAsync($"Ended: {message}");
            head = await _context.Recording.SealAsync(JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString()), CancellationToken.None);
            whole = true;
        }
        catch (RecordingException)
        {
            head = _context.Recording.Head;
        }

        await _context.Recording.DisposeAsync();
        _context.Registry.Remove(this);
        GatewayMetrics.RecordingClosed(Kind, whole);
        GatewayMetrics.Ended(Kind, Elapsed, reason);
        _context.Link.Report(GatewayRoutes.OfSession(GatewayRoutes.Ended, Id), new SessionEnded(Time.GetUtcNow(), reason, message, Report(head), whole));
        await NotifyEndedAsync(ended);
    }

    private RecordingHeadReport Report(RecordingHead head) => new(head.Chunk, head.Hash, head.Length, Time.GetUtcNow());
}
