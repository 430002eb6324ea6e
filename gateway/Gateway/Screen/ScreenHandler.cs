using Sallyport.Contracts;
using Sallyport.Gateway.Screen.Rfb.Viewers;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Screen;

/// <summary>One browser's link to a screen.</summary>
internal sealed class ScreenHandler(SessionOpener opener, SessionRegistry registry) : IBrowserHandler
{
    private ScreenSession? _session;
    private ScreenViewer? _viewer;
    private bool _watching;

    public async ValueTask<bool> BeginAsync(BrowserConnection browser, byte type, ReadOnlyMemory<byte> body, string? clientAddress, CancellationToken cancellationToken)
    {
        switch (type)
        {
            case SessionMessages.Open when SessionMessages.Read<OpenMessage>(body.Span) is { Ticket: not null } open:
                var opened = await opener.OpenAsync(open.Ticket, ServiceKind.Vnc, clientAddress, ScreenSession.ConnectAsync, cancellationToken);
                return opened.Session is { } session ? await AttachAsync(browser, session, takeOver: false) : browser.Refuse(opened.Refusal!);
            case SessionMessages.Resume when SessionMessages.Read<ResumeMessage>(body.Span) is { ResumeToken: not null } resume:
                return registry.Find(resume.SessionId) is ScreenSession running && running.MayResume(resume.ResumeToken)
                    ? await AttachAsync(browser, running, takeOver: false)
                    : browser.Refuse(Refusals.SessionElsewhere);
            case SessionMessages.TakeOver when SessionMessages.Read<OpenMessage>(body.Span) is { Ticket: not null } over:
                var takeOver = await opener.TakeOverAsync<ScreenSession>(over.Ticket, null, clientAddress, cancellationToken);
                return takeOver.Session is { } taken ? await AttachAsync(browser, taken, takeOver: true) : browser.Refuse(takeOver.Refusal!);
            case SessionMessages.Watch when SessionMessages.Read<WatchMessage>(body.Span) is { Ticket: not null } watch:
                var joined = await opener.WatchAsync<ScreenSession>(watch.Ticket, browser, clientAddress, cancellationToken);
                if (joined.Session is not { } watched)
                {
                    return browser.Refuse(joined.Refusal!);
                }

                (_session, _watching) = (watched, true);
                _viewer = watched.ShowTo(browser);
                return true;
            default:
                return browser.Refuse(Refusals.UnknownMessage);
        }
    }

    public async ValueTask<bool> HandleAsync(BrowserConnection browser, byte type, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        switch (type)
        {
            case ScreenMessages.Rfb:
                await _viewer!.DeliverAsync(body, cancellationToken);
                return true;
            case ScreenMessages.Colours when body.Length == 1 && Enum.IsDefined((ViewerColours)body.Span[0]):
                _viewer!.Use((ViewerColours)body.Span[0]);
                return true;
            case ScreenMessages.AskControl or ScreenMessages.YieldControl when !_watching:
                await _session!.WantControlAsync(type == ScreenMessages.AskControl);
                return true;
            case SessionMessages.End when !_watching:
                _session!.End(SessionEndReason.User, "You ended the session.");
                return true;
            default:
                return false;
        }
    }

    public void Left(BrowserConnection browser)
    {
        if (_session is not { } session || _viewer is not { } viewer)
        {
            return;
        }

        if (_watching)
        {
            viewer.Dispose();
            session.Unwatch(browser);
        }
        else
        {
            _ = session.DetachAsync(browser, viewer);
        }
    }

    private async Task<bool> AttachAsync(BrowserConnection browser, ScreenSession session, bool takeOver)
    {
        _session = session;
        _viewer = await session.AttachAsync(browser, takeOver);
        return true;
    }
}
