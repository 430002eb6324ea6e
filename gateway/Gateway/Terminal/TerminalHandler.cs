using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal;

/// <summary>One browser's link to a terminal.</summary>
internal sealed class TerminalHandler(SessionOpener opener, SessionRegistry registry) : IBrowserHandler
{
    private TerminalSession? _session;
    private bool _watching;

    public async ValueTask<bool> BeginAsync(BrowserConnection browser, byte type, ReadOnlyMemory<byte> body, string? clientAddress, CancellationToken cancellationToken)
    {
        switch (type)
        {
            case SessionMessages.Open when SessionMessages.Read<OpenMessage>(body.Span) is { Ticket: not null } open:
                var (columns, rows) = TerminalMessages.Clamp(open.Cols, open.Rows);
                var opened = await opener.OpenAsync(
                    open.Ticket, ServiceKind.Ssh, clientAddress, (context, cancel) => TerminalSession.ConnectAsync(context, columns, rows, new BrowserQuestions(browser).AskAsync, cancel), cancellationToken);
                if (opened.Session is not { } session)
                {
                    return browser.Refuse(opened.Refusal!);
                }

                _session = session;
                browser.Send(SessionMessages.Json(SessionMessages.Opened, session.Attach(browser, 0)));
                return true;
            case SessionMessages.Resume when SessionMessages.Read<ResumeMessage>(body.Span) is { ResumeToken: not null, Received: >= 0 } resume:
                if (registry.Find(resume.SessionId) is not TerminalSession running || !running.MayResume(resume.ResumeToken))
                {
                    return browser.Refuse(Refusals.SessionElsewhere);
                }

                _session = running;
                browser.Send(SessionMessages.Json(SessionMessages.Opened, running.Attach(browser, resume.Received)));
                var size = TerminalMessages.Clamp(resume.Cols, resume.Rows);
                await running.ResizeAsync(size.Columns, size.Rows);
                return true;
            case SessionMessages.TakeOver when SessionMessages.Read<OpenMessage>(body.Span) is { Ticket: not null } over:
                var takeOver = await opener.TakeOverAsync<TerminalSession>(over.Ticket, null, clientAddress, cancellationToken);
                if (takeOver.Session is not { } taken)
                {
                    return browser.Refuse(takeOver.Refusal!);
                }

                _session = taken;
                browser.Send(SessionMessages.Json(SessionMessages.Opened, await taken.TakeOverAsync(browser)));
                var (width, height) = TerminalMessages.Clamp(over.Cols, over.Rows);
                await taken.ResizeAsync(width, height);
                return true;
            case SessionMessages.Watch when SessionMessages.Read<WatchMessage>(body.Span) is { Ticket: not null } watch:
                var joined = await opener.WatchAsync<TerminalSession>(watch.Ticket, browser, clientAddress, cancellationToken);
                if (joined.Session is not { } watched)
                {
                    return browser.Refuse(joined.Refusal!);
                }

                (_session, _watching) = (watched, true);
                watched.ShowTo(browser);
                return true;
            default:
                return browser.Refuse(Refusals.UnknownMessage);
        }
    }

    public async ValueTask<bool> HandleAsync(BrowserConnection browser, byte type, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (_watching)
        {
            // Who watches confirms what was shown and fits it to their window, as every terminal does; neither reaches the session.
            return type is TerminalMessages.Ack or TerminalMessages.Resize;
        }

        switch (type)
        {
            case TerminalMessages.Input when SessionMessages.Offset(body.Span) is { } offset:
                if (await _session!.InputAsync(offset, body[8..], cancellationToken) is not { } received)
                {
                    return false;
                }

                browser.Send(SessionMessages.Number(TerminalMessages.InputAck, received));
                return true;
            case TerminalMessages.Resize when TerminalMessages.Size(body.Span) is var (columns, rows):
                await _session!.ResizeAsync(columns, rows);
                return true;
            case TerminalMessages.Ack when SessionMessages.Offset(body.Span) is { } acknowledged:
                _session!.Acknowledge(acknowledged);
                return true;
            case SessionMessages.End:
                _session!.End(SessionEndReason.User, "You ended the session.");
                return true;
            default:
                return false;
        }
    }

    public void Left(BrowserConnection browser)
    {
        if (_watching)
        {
            _session?.Unwatch(browser);
        }
        else
        {
            _session?.Detach(browser);
        }
    }
}
