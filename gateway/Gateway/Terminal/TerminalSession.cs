using System.Text;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;
using Sallyport.Recording;

namespace Sallyport.Gateway.Terminal;

/// <summary>A running terminal: the shell at the asset, what it printed and the browser has not confirmed, and the browser's input.</summary>
public sealed class TerminalSession : BrokeredSession
{
    /// <summary>Shorter than any firewall forgets a connection after, and than servers are told to wait.</summary>
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromSeconds(15);

    private readonly SshShell _shell;
    private readonly OutputBuffer _output = new();
    private readonly InputMasker _masker = new();
    private readonly AttachedBrowser _browser;
    private readonly TerminalSnapshotter _screen;
    private long _inputReceived;
    private long _keptAlive;

    private TerminalSession(SessionContext context, SshShell shell, int columns, int rows)
        : base(context)
    {
        _shell = shell;
        _screen = new TerminalSnapshotter(columns, rows, context.Time);
        _browser = new AttachedBrowser(context.Time);
        _keptAlive = context.Time.GetTimestamp();
    }

    /// <exception cref="AssetFailureException">The asset cannot be reached, is not the one that was pinned, or refuses the credential.</exception>
    /// <exception cref="RecordingException">The recording cannot be written.</exception>
    internal static async Task<TerminalSession> ConnectAsync(SessionContext context, int columns, int rows, AskTechnician? ask, CancellationToken cancellationToken)
    {
        var order = context.Order;
        await context.Recording.WriteAsync(RecordingEventKind.Resize, TerminalMessages.SizeEvent(columns, rows), cancellationToken);
        if (order.HostKey is null)
        {
            throw new AssetFailureException(SessionEndReason.HostKeyChanged, "No host key is pinned for this service.");
        }

        AskTechnician? recorded = ask is null ? null : new RecordedQuestions(context.Recording, ask).AskAsync;
        var shell = await SshShell.OpenAsync(new SshDestination(order.Address, order.Port, order.HostKey, order.LegacySsh), order.Credential, columns, rows, recorded, cancellationToken);
        try
        {
            await context.Recording.WriteAsync(RecordingEventKind.Marker, Encoding.UTF8.GetBytes(Encrypted(shell.Algorithms)), cancellationToken);
        }
        catch
        {
            shell.Dispose();
            throw;
        }

        var session = new TerminalSession(context, shell, columns, rows);
        session.Report(GatewayRoutes.Connected, new SessionConnected(shell.Algorithms));
        return session;
    }

    /// <summary>Makes this browser the session's; an older link of it is closed.</summary>
    /// <param name="received">How much of the output it has already.</param>
    internal OpenedMessage Attach(BrowserConnection browser, long received)
    {
        var token = _browser.Attach(browser);
        var from = Math.Clamp(received, _output.Start, _output.End);
        browser.Begin(new OutputStream(_output, from));
        return new OpenedMessage(Id, token, EndsAt, Time.GetUtcNow(), Order.Asset.Name, Order.Plant.Name, Order.Service.Name, Order.User.Name, from, _inputReceived, WeakAlgorithms);
    }

    /// <summary>Makes another browser the session's, which has nothing of it yet: it gets the terminal as it is, and what comes after.</summary>
    internal async Task<OpenedMessage> TakeOverAsync(BrowserConnection browser)
    {
        var token = _browser.TakeOver(browser);
        var (snapshot, position) = _screen.Snapshot();
        browser.Begin(new OutputStream(_output, position, (byte[])[TerminalMessages.Snapshot, .. snapshot]));

        // The browser before will not confirm what it has got, and the terminal would wait for room.
        _output.Acknowledge(Math.Min(position, _output.End));
        TouchInput();
        await RecordMarkerAsync("The session went on in another window");
        return new OpenedMessage(Id, token, EndsAt, Time.GetUtcNow(), Order.Asset.Name, Order.Plant.Name, Order.Service.Name, Order.User.Name, position, _inputReceived, WeakAlgorithms);
    }

    /// <summary>Shows the terminal to somebody who watches: as it is, and what comes after.</summary>
    internal void ShowTo(BrowserConnection watcher) => watcher.Begin(new ObserverOutputStream(_screen, _output));

    internal void Detach(BrowserConnection browser) => _browser.Detach(browser);

    internal bool MayResume(string token) => _browser.MayResume(token);

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
            TouchInput();
            await RecordAsync(() => _masker.Typed(fresh, Elapsed), default, default);
            await _shell.WriteAsync(fresh, cancellationToken);
        }

        return _inputReceived;
    }

    internal async ValueTask ResizeAsync(int columns, int rows)
    {
        await RecordAsync(RecordingEventKind.Resize, TerminalMessages.SizeEvent(columns, rows));
        _screen.Resize(columns, rows);
        _shell.Resize(columns, rows);
    }

    protected override IReadOnlyList<string>? WeakAlgorithms => _shell.Algorithms.Where(LegacyAlgorithm.IsLegacy).ToList() is { Count: > 0 } weak ? weak : null;

    private static string Encrypted(IReadOnlyList<string> algorithms)
    {
        string[] weak = [.. algorithms.Where(LegacyAlgorithm.IsLegacy)];
        return $"Encrypted with {string.Join(", ", algorithms)}{(weak.Length > 0 ? $"; weak: {string.Join(", ", weak)}" : "")}";
    }

    protected override TimeSpan? Unattended => _browser.DetachedFor;

    protected override async Task RelayAsync()
    {
        while (true)
        {
            var read = await _shell.Output.ReadAsync(Ending);
            foreach (var segment in read.Buffer)
            {
                // Recorded first: what the user has seen is in the recording.
                await RecordAsync(() => _masker.Printed(segment), RecordingEventKind.Output, segment);
                if (_screen.Show(segment.Span) is { } snapshot)
                {
                    await RecordAsync(RecordingEventKind.Snapshot, snapshot);
                }

                await _output.AppendAsync(segment, Ending);
            }

            _shell.Output.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                End(SessionEndReason.User, "The shell on the asset was closed.");
                return;
            }
        }
    }

    protected override void Disconnect() => _shell.Dispose();

    protected override ValueTask TickAsync()
    {
        if (Time.GetElapsedTime(_keptAlive) >= KeepAliveInterval)
        {
            _keptAlive = Time.GetTimestamp();
            _shell.KeepAlive();
        }

        return RecordAsync(() => _masker.Expired(Elapsed), default, default);
    }

    protected override ValueTask RecordRestAsync() => RecordAsync(() => _masker.Settle(), default, default);

    protected override void Notify(NoticeMessage notice)
    {
        _browser.Send(SessionMessages.Json(SessionMessages.Notice, notice));
        base.Notify(notice);
    }

    protected override Task NotifyEndedAsync(EndedMessage ended) =>
        Task.WhenAll(_browser.FinishAsync(SessionMessages.Json(SessionMessages.Ended, ended)), base.NotifyEndedAsync(ended));
}
