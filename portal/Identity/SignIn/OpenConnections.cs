using System.Collections.Concurrent;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>What browsers have open at this portal, by sign-in: circuits, their sockets, and answers that are still being sent.</summary>
internal sealed class OpenConnections : IEndsWithSignIn
{
    private readonly ConcurrentDictionary<Entry, bool> _open = new();

    /// <summary>Of whom anything is open.</summary>
    public IReadOnlyCollection<Guid> SignIns => _open.Keys.Select(entry => entry.SignInId).ToHashSet();

    /// <param name="end">Called once, on any thread; must not throw.</param>
    /// <returns>Disposed by who has closed it by themselves.</returns>
    public IDisposable Add(Guid userId, Guid signInId, Action<SignInEnd> end)
    {
        var entry = new Entry(userId, signInId, end, gone => _open.TryRemove(gone, out _));
        _open[entry] = true;
        return entry;
    }

    public Task EndAsync(EndedSignIn ended, CancellationToken cancellationToken)
    {
        End(entry => ended.Covers(entry.UserId, entry.SignInId), ended.Why);
        return Task.CompletedTask;
    }

    public void End(Guid signInId, SignInEnd why) => End(entry => entry.SignInId == signInId, why);

    private void End(Func<Entry, bool> which, SignInEnd why)
    {
        foreach (var entry in _open.Keys.Where(which))
        {
            if (_open.TryRemove(entry, out _))
            {
                entry.End(why);
            }
        }
    }

    private sealed class Entry(Guid userId, Guid signInId, Action<SignInEnd> end, Action<Entry> remove) : IDisposable
    {
        public Guid UserId => userId;

        public Guid SignInId => signInId;

        public void End(SignInEnd why) => end(why);

        public void Dispose() => remove(this);
    }
}
