using System.Collections.Concurrent;
using Sallyport.Contracts;

namespace Sallyport.Gateway.Sessions;

/// <summary>The sessions that run here.</summary>
public sealed class SessionRegistry
{
    private readonly ConcurrentDictionary<Guid, BrokeredSession> _sessions = new();
    private readonly ConcurrentDictionary<Guid, OpeningSession> _opening = new();

    /// <summary>Also those whose ticket was redeemed and whose asset has not answered yet: the portal must not take them for lost.</summary>
    public IEnumerable<Guid> Ids => _sessions.Keys.Union(_opening.Keys);

    /// <summary>The looks at them that go on.</summary>
    public IEnumerable<Guid> Watches => _sessions.Values.SelectMany(session => session.Watches);

    public int Count => _sessions.Count;

    public BrokeredSession? Find(Guid id) => _sessions.GetValueOrDefault(id);

    /// <summary>Ends it, whether it runs or is still being opened.</summary>
    public void End(Guid id, SessionEndReason reason, string message)
    {
        _opening.GetValueOrDefault(id)?.End(reason, message);
        Find(id)?.End(reason, message);
    }

    internal void BeginOpening(Guid id, OpeningSession opening) => _opening[id] = opening;

    internal void EndOpening(Guid id) => _opening.TryRemove(id, out _);

    internal void Add(BrokeredSession session)
    {
        _sessions[session.Id] = session;
        GatewayMetrics.SessionBegan(session.Kind);
    }

    internal void Remove(BrokeredSession session)
    {
        if (_sessions.TryRemove(KeyValuePair.Create(session.Id, session)))
        {
            GatewayMetrics.SessionLeft(session.Kind);
        }
    }

    /// <summary>When the gateway stops: every session is told, sealed and reported.</summary>
    public async Task EndAllAsync(string message)
    {
        foreach (var session in _sessions.Values)
        {
            session.End(SessionEndReason.GatewayLost, message);
        }

        await Task.WhenAll(_sessions.Values.Select(session => session.Completion));
    }
}
