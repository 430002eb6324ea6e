using System.Net;

namespace Sallyport.Hub.Firewall;

/// <summary>A path as the kernel knows it.</summary>
public readonly record struct PathElement(IPAddress Gateway, IPAddress Address, int Port)
{
    public override string ToString() => $"{Gateway} . {Address} . {Port}";
}

/// <summary>The paths that shall be open, and until when. Monotonic: a clock that is set does not matter.</summary>
public sealed class OrderedPaths(TimeProvider time)
{
    private readonly Dictionary<Guid, (PathElement Element, long Until)> _paths = [];

    public void Set(Guid pathId, PathElement element, int seconds) => _paths[pathId] = (element, time.GetTimestamp() + (seconds * time.TimestampFrequency));

    public PathElement? Find(Guid pathId) => _paths.TryGetValue(pathId, out var path) ? path.Element : null;

    public void Remove(Guid pathId) => _paths.Remove(pathId);

    /// <summary>Of several paths over one element, the longest decides. Zero or less: it is over, or there is none.</summary>
    public TimeSpan Remaining(PathElement element) => Elements().GetValueOrDefault(element);

    /// <summary>Every element with its remaining time, also what has ended and was not forgotten yet.</summary>
    public Dictionary<PathElement, TimeSpan> Elements()
    {
        var now = time.GetTimestamp();
        return _paths.Values.GroupBy(p => p.Element).ToDictionary(g => g.Key, g => TimeSpan.FromSeconds((g.Max(p => p.Until) - now) / (double)time.TimestampFrequency));
    }

    public void Forget(IReadOnlyCollection<PathElement> elements) => RemoveWhere(elements.Contains);

    /// <summary>Drops every path that starts at another address.</summary>
    public void KeepOnly(IReadOnlySet<IPAddress> gateways) => RemoveWhere(element => !gateways.Contains(element.Gateway));

    private void RemoveWhere(Func<PathElement, bool> which)
    {
        foreach (var id in _paths.Where(p => which(p.Value.Element)).Select(p => p.Key).ToArray())
        {
            _paths.Remove(id);
        }
    }
}
