using System.Buffers.Binary;
using System.Net;

namespace Sallyport.Hub.WireGuard;

/// <summary>Which peer has which prefix. No two prefixes in it overlap, so that a neighbour's look is enough for thousands of plants.</summary>
public sealed class PrefixTable
{
    private readonly SortedSet<Entry> _entries = new(Comparer<Entry>.Create((a, b) => a.Start.CompareTo(b.Start)));

    /// <summary>The entry that has any address of this prefix.</summary>
    public Entry? FindOverlap(IPNetwork prefix)
    {
        var wanted = Of(prefix, "");
        var before = _entries.GetViewBetween(new Entry(0, 0, default, ""), wanted with { Start = wanted.End }).Max;
        return before is not null && before.End >= wanted.Start ? before : null;
    }

    /// <summary>Only after <see cref="FindOverlap"/> has found none.</summary>
    public void Add(IPNetwork prefix, string publicKey) => _entries.Add(Of(prefix, publicKey));

    public void Add(Peer peer)
    {
        foreach (var prefix in peer.Prefixes)
        {
            Add(prefix, peer.PublicKey);
        }
    }

    private static Entry Of(IPNetwork prefix, string publicKey)
    {
        var start = BinaryPrimitives.ReadUInt32BigEndian(prefix.BaseAddress.GetAddressBytes());
        return new Entry(start, start + (uint)((1UL << (32 - prefix.PrefixLength)) - 1), prefix, publicKey);
    }

    public sealed record Entry(uint Start, uint End, IPNetwork Prefix, string PublicKey);
}
