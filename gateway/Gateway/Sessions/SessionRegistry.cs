using System.Collections.Concurrent;

namespace Sallyport.Gateway.Sessions;

/// <summary>The sessions that run here.</summary>
public sealed class SessionRegistry
{
    private readonly ConcurrentDictionary<Guid, TerminalSession> _sessions = new();

    public IEnumerable<Guid> Ids => _sessions.Keys;

    public int Count => _sessions.Count;

    public TerminalSession? Find(Guid id) => _sessions.GetValueOrDefault(id);

    internal void Add(TerminalSession session) => _sessions[session.Id] = session;

    internal void Remove(TerminalSession session) => _sessions.TryRemove(KeyValuePair.Create(session.Id, session));

    /// <summary>When the gateway stops: every session is told, sealed and reported.</summary>
    public async Task EndAllAsync(string message)
    {
        foreach (var session in _sessions.Values)
        {
            session.End(Contracts.SessionEndReason.GatewayLost, message);
        }

        await Task.WhenAll(_sessions.Values.Select(session => session.Completion));
    }
}
