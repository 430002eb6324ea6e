using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Link;
using Sallyport.Gateway.Terminal;
using Sallyport.Gateway.Terminal.Ssh;
using Sallyport.Recording;

namespace Sallyport.Gateway.Sessions;

/// <summary>
/// One running terminal session: the shell, its recording, and at most one browser at a time. It outlives a browser's
/// link for a while, and the portal's until its end; it does not outlive its recording.
/// </summary>
public sealed class TerminalSession
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan HeadInterval = TimeSpan.FromSeconds(8);
    private static readonly int[] Warnings = [5, 1];

    private readonly SessionOrder _order;
    private readonly SshShell _shell;
    private readonly RecordingWriter _recording;
    private readonly PortalLink _link;
    private readonly SessionRegistry _registry;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly OutputBuffer _output = new();
    private readonly InputMasker _masker = new();
    private readonly SemaphoreSlim _recordingOrder = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private (SessionEndReason Reason, string Message)? _end;
    private BrowserConnection? _browser;
    private byte[] _resumeToken = [];
    private byte[] _olderToken = [];
    private long _inputReceived;
    private long _detachedAt;
    private long _lastInput;
    private DateTimeOffset _endsAt;
    private int _warned = int.MaxValue;

    internal TerminalSession(SessionOrder order, SshShell shell, RecordingWriter recording, PortalLink link, SessionRegistry registry, TimeProvider time)
    {
        (_order, _shell, _recording, _link, _registry, _time) = (order, shell, recording, link, registry, time);
        _endsAt = order.EndsAt;
        _started = _lastInput = _detachedAt = time.GetTimestamp();
        Completion = RunAsync();
    }

    public Guid Id => _order.SessionId;

    /// <summary>Sealed, reported and gone.</summary>
    public Task Completion { get; }

    /// <summary>The first reason stands.</summary>
    public void End(SessionEndReason reason, string message)
    {
        lock (_lock)
        {
            _end ??= (reason, message);
        }

        _ending.Cancel();
    }

    public void MoveEnd(DateTimeOffset endsAt)
    {
        if (_endsAt == endsAt)
        {
            return;
        }

        (_endsAt, _warned) = (endsAt, int.MaxValue);
        Notify(new NoticeMessage("window", $"The session now ends at {endsAt:HH:mm} UTC.", EndsAt: endsAt));
    }

    /// <summary>Makes this browser the session's; an older link of it is closed.</summary>
    /// <param name="received">How much of the output it has already.</param>
    internal OpenedMessage Attach(BrowserConnection browser, long received)
    {
        lock (_lock)
        {
            _browser?.Close();
            _browser = browser;

            // The one before stays good until this one was used: the answer that carries it may be lost on the way.
            _olderToken = _resumeToken;
            _resumeToken = RandomNumberGenerator.GetBytes(32);
            var from = Math.Clamp(received, _output.Start, _output.End);
            browser.Begin(_output, from);
            return new OpenedMessage(Id, Convert.ToHexStringLower(_resumeToken), _endsAt, _time.GetUtcNow(), _order.Asset.Name, _order.Plant.Name, _order.Service.Name, _order.User.Name, from, _inputReceived);
        }
    }

    internal void Detach(BrowserConnection browser)
    {
        lock (_lock)
        {
            if (_browser == browser)
            {
                _browser = null;
                _detachedAt = _time.GetTimestamp();
            }
        }
    }

    internal bool MayResume(string token)
    {
        lock (_lock)
        {
            return Is(_resumeToken) || Is(_olderToken);
        }

        bool Is(byte[] known) => known.Length > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Convert.ToHexStringLower(known)));
    }

    internal void Acknowledge(long received) => _output.Acknowledge(received);

    /// <summary>Input at that offset of the whole stream: what was received before is dropped, a gap is refused.</summary>
    /// <returns>How much was received in all; null for a gap.</returns>
    internal async ValueTask<long?> InputAsync(long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (offset > _inputReceived)
        {
            return null;
        }

        var known = (int)Math.Min(_inputReceived - offset, bytes.Length);
        var fresh = bytes[known..].ToArray();
        if (fresh.Length > 0)
        {
            _inputReceived += fresh.Length;
            _lastInput = _time.GetTimestamp();
            await RecordAsync(() => _masker.Typed(fresh, _time.GetElapsedTime(_started)), default, default);
            await _shell.WriteAsync(fresh, cancellationToken);
        }

        return _inputReceived;
    }

    internal async ValueTask ResizeAsync(int columns, int rows)
    {
        await RecordAsync(null, RecordingEventKind.Resize, SizeEvent(columns, rows));
        _shell.Resize(columns, rows);
    }

    internal static byte[] SizeEvent(int columns, int rows) => [(byte)columns, (byte)(columns >> 8), (byte)rows, (byte)(rows >> 8)];

    private async Task RunAsync()
    {
        using var recordingFailed = _recording.Failed.Register(() => End(SessionEndReason.RecordingFailed, "The session was ended because its recording can no longer be written (is the disk full?). What was recorded is kept. Tell an admin."));
        var relay = RelayAsync();
        await WatchAsync();
        _shell.Dispose();
        await relay;
        await FinishAsync();
    }

    private async Task RelayAsync()
    {
        try
        {
            while (true)
            {
                var read = await _shell.Output.ReadAsync(_ending.Token);
                foreach (var segment in read.Buffer)
                {
                    // Recorded first: what the user has seen is in the recording.
                    await RecordAsync(() => _masker.Printed(segment), RecordingEventKind.Output, segment);
                    await _output.AppendAsync(segment, _ending.Token);
                }

                _shell.Output.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                {
                    End(SessionEndReason.User, "The shell on the asset was closed.");
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ended from outside; the reason is set.
        }
        catch (SshFailureException e)
        {
            End(e.Reason, e.Message);
        }
        catch (RecordingException e)
        {
            End(SessionEndReason.RecordingFailed, e.Message);
        }
    }

    // Everything that time does to a session.
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Tick, _time);
        var reported = (Head: new RecordingHead(-2, "", 0), At: _time.GetTimestamp());
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                await RecordAsync(() => _masker.Expired(_time.GetElapsedTime(_started)), default, default);
                var left = _endsAt - _time.GetUtcNow();
                if (left <= TimeSpan.Zero)
                {
                    End(SessionEndReason.GrantEnded, "The time of your grant is over. Ask for access again if you need more.");
                }

                foreach (var minutes in Warnings.Where(minutes => minutes < _warned && left <= TimeSpan.FromMinutes(minutes) && left > TimeSpan.FromMinutes(minutes - 1)))
                {
                    _warned = minutes;
                    await RecordAsync(null, RecordingEventKind.Marker, Encoding.UTF8.GetBytes($"Warned: {minutes} min left"));
                    Notify(new NoticeMessage("warning", minutes == 1 ? "One minute left, then the session ends." : $"{minutes} minutes left, then the session ends.", minutes, _endsAt));
                }

                if (_order.IdleTimeoutSeconds > 0 && _time.GetElapsedTime(_lastInput).TotalSeconds > _order.IdleTimeoutSeconds)
                {
                    End(SessionEndReason.Idle, $"Nobody typed for {_order.IdleTimeoutSeconds / 60} minutes.");
                }

                if (_browser is null && _time.GetElapsedTime(_detachedAt).TotalSeconds > _order.LinkGraceSeconds)
                {
                    End(SessionEndReason.BrowserLost, "The browser's link dropped and did not come back in time.");
                }

                if (_recording.Head != reported.Head && _time.GetElapsedTime(reported.At) > HeadInterval)
                {
                    reported = (_recording.Head, _time.GetTimestamp());
                    _link.Report(Route(GatewayRoutes.Head), Report(reported.Head));
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (RecordingException e)
        {
            End(SessionEndReason.RecordingFailed, e.Message);
        }
    }

    private async Task FinishAsync()
    {
        var (reason, message) = _end ?? (SessionEndReason.AssetLost, "The session ended.");
        RecordingHead head;
        var whole = false;
        try
        {
            await RecordAsync(() => _masker.Settle(), RecordingEventKind.Marker, Encoding.UTF8.GetBytes($"Ended: {message}"));
            head = await _recording.SealAsync(JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString()), CancellationToken.None);
            whole = true;
        }
        catch (RecordingException)
        {
            head = _recording.Head;
        }

        await _recording.DisposeAsync();
        _registry.Remove(this);
        _link.Report(Route(GatewayRoutes.Ended), new SessionEnded(_time.GetUtcNow(), reason, message, Report(head), whole));
        BrowserConnection? browser;
        lock (_lock)
        {
            browser = _browser;
        }

        if (browser is not null)
        {
            await browser.FinishAsync(TerminalProtocol.Json(TerminalProtocol.Ended, new EndedMessage(reason, message)));
        }
    }

    // One order for all events of a session, whoever records them.
    private async ValueTask RecordAsync(Func<IEnumerable<(RecordingEventKind Kind, byte[] Payload)>>? before, RecordingEventKind kind, ReadOnlyMemory<byte> payload)
    {
        await _recordingOrder.WaitAsync();
        try
        {
            if (before is not null)
            {
                foreach (var (earlier, bytes) in before())
                {
                    await _recording.WriteAsync(earlier, bytes, CancellationToken.None);
                }
            }

            if (kind != default)
            {
                await _recording.WriteAsync(kind, payload, CancellationToken.None);
            }
        }
        finally
        {
            _recordingOrder.Release();
        }
    }

    private void Notify(NoticeMessage notice)
    {
        lock (_lock)
        {
            _browser?.Send(TerminalProtocol.Json(TerminalProtocol.Notice, notice));
        }
    }

    private string Route(string pattern) => pattern.Replace("{id}", Id.ToString(), StringComparison.Ordinal);

    private RecordingHeadReport Report(RecordingHead head) => new(head.Chunk, head.Hash, head.Length, _time.GetUtcNow());
}
