using System.Collections.Concurrent;
using Sallyport.Contracts;
using Sallyport.Gateway.Web.Forwarding;

namespace Sallyport.Gateway.Web;

/// <summary>The web sessions that run here, and for a while those that ran, so that who comes back is told why they are over.</summary>
public sealed class WebSessions
{
    private const int MaxEnded = 1000;

    private readonly ConcurrentDictionary<Guid, WebSession> _running = new();
    private readonly ConcurrentDictionary<Guid, EndedWebSession> _ended = new();
    private readonly ConcurrentQueue<Guid> _order = new();

    public WebSession? Find(Guid id) => _running.GetValueOrDefault(id);

    /// <returns>Null for what is not known here, or no more.</returns>
    internal EndedWebSession? FindEnded(Guid id) => Find(id) is { } session ? EndedWebSession.Of(session) : _ended.GetValueOrDefault(id);

    internal void Add(WebSession session)
    {
        _running[session.Id] = session;
        _ = RemoveAfterAsync(session);
    }

    private async Task RemoveAfterAsync(WebSession session)
    {
        try
        {
            await session.Completion;
        }
        finally
        {
            _ended[session.Id] = EndedWebSession.Of(session);
            _running.TryRemove(session.Id, out _);
            _order.Enqueue(session.Id);
            while (_order.Count > MaxEnded && _order.TryDequeue(out var oldest))
            {
                _ended.TryRemove(oldest, out _);
            }
        }
    }
}

/// <summary>What is left of a session: its last words, for the browsers that had it. While it runs, for those that it was taken over from.</summary>
internal sealed record EndedWebSession(string AssetName, string Message, IReadOnlyCollection<WebAttachment> Attachments, CookieExchange Cookies)
{
    public static EndedWebSession Of(WebSession session) =>
        session.Ended is { } end
            ? new EndedWebSession(session.AssetName, end.Message, [session.Attachment, .. session.FormerSeats], session.Cookies)
            : new EndedWebSession(session.AssetName, WebAttachment.TakenOver, session.FormerSeats, session.Cookies);

    public bool IsOf(HttpRequest request, WebHostKind kind, bool https) => Attachments.Any(attachment => attachment.CookieOf(kind).IsIn(request, https));
}
