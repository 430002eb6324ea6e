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
                var (opened, error, message) = await opener.OpenAsync(
                    open.Ticket, ServiceKind.Vnc, clientAddress, async (context, cancel) => await ScreenSession.ConnectAsync(context, cancel), cancellationToken);
                return opened is ScreenSession session ? await AttachAsync(browser, session, takeOver: false) : browser.Refuse(error!, message!);
            case SessionMessages.Resume when SessionMessages.Read<ResumeMessage>(body.Span) is { ResumeToken: not null } resume:
                return registry.Find(resume.SessionId) is ScreenSession running && running.MayResume(resume.ResumeToken)
                    ? await AttachAsync(browser, running, takeOver: false)
                    : browser.Refuse("session_over", "The session is over, or is open in another window.");
            case SessionMessages.TakeOver when SessionMessages.Read<OpenMessage>(body.Span) is { Ticket: not null } over:
                var (taken, takeError, takeMessage) = await opener.TakeOverAsync<ScreenSession>(over.Ticket, null, clientAddress, cancellationToken);
                return taken is not null ? await AttachAsync(browser, taken, takeOver: true) : browser.Refuse(takeError!, takeMessage!);
            case SessionMessages.Watch when SessionMessages.Read<WatchMessage>(body.Span) is { Ticket: not null } watch:
                var (watched, watchError, watchMessage) = await opener.WatchAsync<ScreenSession>(watch.Ticket, browser, clientAddress, cancellationToken);
                if (watched is null)
                {
                    return browser.Refuse(watchError!, watchMessage!);
                }

                (_session, _watching) = (watched, true);
                _viewer = watched.ShowTo(browser);
                return true;
            default:
                return browser.Refuse("bad_message", "The first message must open, resume or watch a session.");
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
