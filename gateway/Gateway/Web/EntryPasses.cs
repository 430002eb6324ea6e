using System.Security.Cryptography;

namespace Sallyport.Gateway.Web;

/// <summary>One-use proofs by which the bar's page lets its own frame into the HMI's origin.</summary>
internal sealed class EntryPasses(TimeProvider time)
{
    private const int MaxWaiting = 16;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _waiting = new(StringComparer.Ordinal);

    public string Issue()
    {
        var pass = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        lock (_lock)
        {
            foreach (var old in _waiting.Where(p => time.GetElapsedTime(p.Value) > Lifetime).Select(p => p.Key).ToList())
            {
                _waiting.Remove(old);
            }

            if (_waiting.Count >= MaxWaiting)
            {
                _waiting.Remove(_waiting.MinBy(p => p.Value).Key);
            }

            _waiting[pass] = time.GetTimestamp();
        }

        return pass;
    }

    public bool Use(string? pass)
    {
        lock (_lock)
        {
            return pass is not null && _waiting.Remove(pass, out var issued) && time.GetElapsedTime(issued) <= Lifetime;
        }
    }
}
