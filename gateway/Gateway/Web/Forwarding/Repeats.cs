using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>Knows again what a page sends over and over by itself: its polls and heartbeats, which are no sign of a person.</summary>
internal sealed class Repeats(TimeProvider time)
{
    /// <summary>Pages ask more often than that; a person who does the very same thing once more later is a person.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    private const int MaxRemembered = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, long> _sentAt = [];

    /// <param name="path">With method and query.</param>
    /// <param name="body">The hash of what was sent there; null for nothing.</param>
    /// <returns>Was the same sent a short time ago?</returns>
    public bool Has(string path, string? body)
    {
        var key = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{path}\n{body}")));
        var now = time.GetTimestamp();
        lock (_lock)
        {
            var known = _sentAt.TryGetValue(key, out var last) && time.GetElapsedTime(last, now) <= Memory;
            if (_sentAt.Count >= MaxRemembered && !_sentAt.ContainsKey(key))
            {
                _sentAt.Remove(_sentAt.MinBy(sent => sent.Value).Key);
            }

            _sentAt[key] = now;
            return known;
        }
    }
}
