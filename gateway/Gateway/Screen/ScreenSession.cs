using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Gateway.Screen.Rfb.Viewers;
using Sallyport.Gateway.Sessions;
using Sallyport.Recording;

namespace Sallyport.Gateway.Screen;

/// <summary>
/// A running screen: the asset's VNC server, its shadow here, the browser that has it, and whoever watches. Input reaches
/// the asset only while the user has control and the picture is fresh; what is held is let go when either ends.
/// </summary>
public sealed class ScreenSession : BrokeredSession
{
    private readonly ScreenAsset _asset;
    private readonly ScreenSettings _settings;
    private readonly ScreenRecorder _recorder;
    private readonly AttachedBrowser _browser;
    private readonly FrameAge _age;
    private readonly HangDetector _silence;
    private readonly HeldInput _held = new();
    private readonly SemaphoreSlim _inputOrder = new(1, 1);
    private readonly SemaphoreSlim _attaching = new(1, 1);
    private readonly TaskCompletionSource _readAll = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ScreenViewer? _viewer;
    private readonly ControlTurn _control;
    private volatile bool _asked;
    private long _ageSaidAt;

    private ScreenSession(SessionContext context, ScreenAsset asset)
        : base(context)
    {
        _asset = asset;
        _settings = context.Order.Screen ?? new ScreenSettings();
        _recorder = new ScreenRecorder(asset.Screen, RecordAsync, context.Time);
        _browser = new AttachedBrowser(context.Time);
        _age = new FrameAge(context.Time);
        _silence = new HangDetector(context.Time);
        _control = new ControlTurn(_settings.Control == ScreenControl.Immediate, asset.UseControlAsync);
        asset.EndWith(Ending);
    }

    /// <exception cref="AssetFailureException">The asset cannot be reached, or refuses.</exception>
    internal static async Task<ScreenSession> ConnectAsync(SessionContext context, CancellationToken cancellationToken)
    {
        var control = (context.Order.Screen ?? new ScreenSettings()).Control == ScreenControl.Immediate;
        var asset = await ScreenAsset.ConnectAsync(context.Order, control, context.Time, cancellationToken);
        return new ScreenSession(context, asset);
    }

    /// <summary>Makes this browser the session's; an older link of it is closed.</summary>
    /// <param name="takeOver">It is another browser than before, and that one does not come back by itself.</param>
    internal async Task<ScreenViewer> AttachAsync(BrowserConnection browser, bool takeOver)
    {
        await _attaching.WaitAsync(CancellationToken.None);
        try
        {
            // What the older window held would be held for ever: the new one knows nothing of it.
            Interlocked.Exchange(ref _viewer, null)?.Dispose();
            await ReleaseAsync("The session went on in another window");
            await BeginInputAsync();
            if (takeOver)
            {
                TouchInput();
                await RecordMarkerAsync("The session went on in another window");
            }

            browser.Send(SessionMessages.Json(SessionMessages.Opened, new OpenedMessage(
                Id, takeOver ? _browser.TakeOver(browser) : _browser.Attach(browser), EndsAt, Time.GetUtcNow(), Order.Asset.Name, Order.Plant.Name, Order.Service.Name, Order.User.Name)));
            var viewer = new ScreenViewer(browser, _asset.Screen, Order.Asset.Name, TakeAsync, Time, Ending);
            _viewer = viewer;
            viewer.Begin();
            browser.Send(SessionMessages.Json(ScreenMessages.Control, Control()));
            return viewer;
        }
        finally
        {
            _attaching.Release();
        }
    }

    internal ScreenViewer ShowTo(BrowserConnection watcher)
    {
        var viewer = new ScreenViewer(watcher, _asset.Screen, Order.Asset.Name, null, Time, Ending);
        viewer.Begin();
        return viewer;
    }

    internal bool MayResume(string token) => _browser.MayResume(token);

    internal async Task DetachAsync(BrowserConnection browser, ScreenViewer viewer)
    {
        viewer.Dispose();
        Interlocked.CompareExchange(ref _viewer, null, viewer);
        if (_browser.Detach(browser))
        {
            await ReleaseAsync("The browser's link dropped");
        }
    }

    /// <summary>The user wants control, or gives it back.</summary>
    internal async Task WantControlAsync(bool wanted)
    {
        if (_settings.Control is not (ScreenControl.AskPlant or ScreenControl.AskAdmin) || wanted == (_control.Held || _asked))
        {
            return;
        }

        _asked = wanted && !_control.Held;
        if (!wanted)
        {
            await _control.TakeAsync(() => ReleaseAsync("Control was given back"));
        }

        Report(GatewayRoutes.Control, new ControlAsked(wanted));
        await RecordMarkerAsync(wanted ? "Asked for control" : "Gave control back");
        SendControl();
    }

    /// <inheritdoc/>
    public override async Task AnswerControlAsync(ControlAnswer answer)
    {
        _asked = false;
        string? refusal = null;
        var given = answer.Granted && _settings.Control != ScreenControl.Never;
        if (given)
        {
            (var counts, refusal) = await _control.GiveAsync();
            if (!counts)
            {
                await RecordMarkerAsync($"Control given by {answer.By}, and answered anew before it was had");
                return;
            }
        }
        else
        {
            await _control.TakeAsync(() => ReleaseAsync("Control was taken back"));
        }

        if (refusal is not null)
        {
            Report(GatewayRoutes.Control, new ControlAsked(false));
        }

        await RecordMarkerAsync(refusal is not null ? $"Control given by {answer.By}, and refused by the asset: {refusal}" : given ? $"Control given by {answer.By}" : $"No control: {answer.By}");
        Notify(new NoticeMessage("control", refusal is not null ? $"{answer.By} gave you control, but the asset refused: {refusal}" : given ? $"{answer.By} gave you control." : $"{answer.By} did not give you control, or took it back."));
        SendControl();
    }

    protected override TimeSpan? Unattended => _browser.DetachedFor;

    protected override async Task RelayAsync()
    {
        var recording = RecordScreenAsync();
        try
        {
            while (true)
            {
                var news = await _asset.ReadAsync();
                _age.OnData();
                switch (news.Kind)
                {
                    case RfbEventKind.CutText when _settings.Clipboard is ClipboardPolicy.FromAsset or ClipboardPolicy.Both:
                        await RecordAsync(RecordingEventKind.Input, ScreenTrace.OfText(news.Text!, toAsset: false));
                        await SendToViewerAsync(viewer => viewer.SendTextAsync(news.Text!, Ending));
                        break;
                    case RfbEventKind.Bell:
                        await SendToViewerAsync(viewer => viewer.BellAsync(Ending));
                        break;
                }
            }
        }
        catch (RfbFailureException e)
        {
            // Here and not by the caller: the recording goes on until the end is said.
            End(e.Failure.EndReason, e.Failure.Message);
        }
        catch (AssetFailureException e)
        {
            End(e.Reason, e.Message);
        }
        finally
        {
            _readAll.TrySetResult();
            await recording;
        }
    }

    protected override void Disconnect() => _ = DisconnectAsync();

    protected override async ValueTask TickAsync()
    {
        if (_silence.IsTooLong(_asset.Received, _age.Value))
        {
            End(SessionEndReason.AssetLost, $"The asset's VNC server hangs: it is connected, but sent nothing for {HangDetector.Longest.TotalSeconds:0} seconds, not even when it was asked. The panel may have to be restarted.");
            return;
        }

        if (_age.ShouldAsk(_settings.FreshSeconds > 0 && _browser.DetachedFor is null))
        {
            _age.OnProbe();
            try
            {
                await _asset.ProbeAsync(Ending);
            }
            catch (RfbFailureException)
            {
                // The reader ends the session with the same.
            }
        }

        _viewer?.NotifyColourReduction();
        if (IsStale && !_held.IsEmpty)
        {
            await ReleaseAsync("The picture is old");
        }

        if (Time.GetElapsedTime(_ageSaidAt) > TimeSpan.FromSeconds(1) || IsStale)
        {
            _ageSaidAt = Time.GetTimestamp();
            _browser.Send(ScreenMessages.AgeOf(Age));
        }
    }

    protected override void Notify(NoticeMessage notice)
    {
        _browser.Send(SessionMessages.Json(SessionMessages.Notice, notice));
        base.Notify(notice);
    }

    protected override async Task NotifyEndedAsync(EndedMessage ended)
    {
        _viewer?.Dispose();
        await _browser.FinishAsync(SessionMessages.Json(SessionMessages.Ended, ended));
        await base.NotifyEndedAsync(ended);
    }

    private TimeSpan Age => _age.Value is var asset && _viewer?.Unconfirmed is { } link && link > asset ? link : asset;

    private bool IsStale => _settings.FreshSeconds > 0 && Age > TimeSpan.FromSeconds(_settings.FreshSeconds);

    private ControlMessage Control() => new(_control.Held, _settings.Control is ScreenControl.AskPlant or ScreenControl.AskAdmin, _asked, _settings.FreshSeconds * 1000, _settings.Clipboard);

    private void SendControl() => _browser.Send(SessionMessages.Json(ScreenMessages.Control, Control()));

    private async Task RecordScreenAsync()
    {
        try
        {
            await _recorder.RunAsync(Ending);
        }
        catch (OperationCanceledException)
        {
            await RecordLastPictureAsync();
        }
        catch (RecordingException)
        {
            // Ended where it was to be recorded.
        }
        finally
        {
            _recorder.Dispose();
        }
    }

    private async Task RecordLastPictureAsync()
    {
        try
        {
            await _recorder.RecordAsync();
        }
        catch (RecordingException)
        {
            // Ended where it was to be recorded.
        }
    }

    private async ValueTask TakeAsync(ScreenViewer from, ViewerEvent wanted, CancellationToken cancellationToken)
    {
        if (wanted.Text is { } text)
        {
            await TakeTextAsync(from, text, cancellationToken);
            return;
        }

        await _inputOrder.WaitAsync(cancellationToken);
        try
        {
            if (_viewer != from)
            {
                // Another browser was attached while it waited its turn.
            }
            else if (!_control.Held || IsStale)
            {
                _held.Ignore(wanted.Input);
            }
            else
            {
                TouchInput();
                if (_held.Note(wanted.Input) is { } input)
                {
                    await RecordInputAsync(input);
                    await SendToAssetAsync(() => _asset.SendAsync(input, cancellationToken));
                }
            }
        }
        finally
        {
            _inputOrder.Release();
        }
    }

    private async ValueTask TakeTextAsync(ScreenViewer from, string text, CancellationToken cancellationToken)
    {
        if (_viewer == from && _control.Held && !IsStale && _settings.Clipboard is (ClipboardPolicy.ToAsset or ClipboardPolicy.Both))
        {
            TouchInput();
            await RecordAsync(RecordingEventKind.Input, ScreenTrace.OfText(text, toAsset: true));
            await SendToAssetAsync(() => _asset.SendTextAsync(text, cancellationToken));
        }
    }

    private ValueTask RecordInputAsync(ScreenInput input)
    {
        if (_settings.MaskKeys && input.Kind == ScreenInputKind.KeyEvent)
        {
            return input.Down ? RecordAsync(RecordingEventKind.MaskedInput, BitConverter.GetBytes(1u)) : ValueTask.CompletedTask;
        }

        return RecordAsync(RecordingEventKind.Input, ScreenTrace.Of(input));
    }

    // No jog button stays held because somebody's link dropped.
    private async Task ReleaseAsync(string why)
    {
        await _inputOrder.WaitAsync(CancellationToken.None);
        try
        {
            var releases = _held.ReleaseAll();
            foreach (var release in releases)
            {
                await SendToAssetAsync(() => _asset.SendAsync(release, CancellationToken.None));
            }

            if (releases.Count > 0)
            {
                await RecordMarkerAsync($"{why}: {releases.Count} held keys and buttons were let go");
            }
        }
        catch (RecordingException)
        {
            // Ended where it was to be recorded.
        }
        finally
        {
            _inputOrder.Release();
        }
    }

    private async Task BeginInputAsync()
    {
        await _inputOrder.WaitAsync(CancellationToken.None);
        _held.Begin();
        _inputOrder.Release();
    }

    private async ValueTask SendToViewerAsync(Func<ScreenViewer, ValueTask> send)
    {
        try
        {
            if (_viewer is { } viewer)
            {
                await send(viewer);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has just left.
        }
    }

    // What cannot be sent shows in the reader too, which ends the session.
    private static async ValueTask SendToAssetAsync(Func<ValueTask> send)
    {
        try
        {
            await send();
        }
        catch (RfbFailureException)
        {
        }
    }

    // Whatever is held is let go before the line is cut.
    private async Task DisconnectAsync()
    {
        await ReleaseAsync("The session ended");
        await _readAll.Task;
        await _asset.DisposeAsync();
    }
}
