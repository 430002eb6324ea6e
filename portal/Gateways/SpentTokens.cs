using System.Collections.Concurrent;

namespace Sallyport.Portal.Gateways;

/// <summary>The link tokens that were used and could still be taken, by their id. Only tokens with a right signature come here, so components alone decide how many there are.</summary>
internal sealed class SpentTokens(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _spent = new(StringComparer.Ordinal);
    private long _swept;

    /// <returns>False when it was spent before.</returns>
    public bool Spend(string id, DateTimeOffset goodUntil)
    {
        Sweep();
        return _spent.TryAdd(id, goodUntil);
    }

    internal int Count => _spent.Count;

    private void Sweep()
    {
        var (now, last) = (time.GetUtcNow(), Interlocked.Read(ref _swept));
        if (now.Ticks - last < Interval.Ticks || Interlocked.CompareExchange(ref _swept, now.Ticks, last) != last)
        {
            return;
        }

        foreach (var (id, _) in _spent.Where(token => token.Value < now))
        {
            _spent.TryRemove(id, out _);
        }
    }
}
