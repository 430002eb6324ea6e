using System.Net;

namespace Sallyport.Hub.WireGuard;

/// <summary>A plant's edge as it shall be on the interface.</summary>
/// <param name="Prefixes">Its tunnel address and its virtual prefix; no other peer has any part of them.</param>
public sealed record Peer(string PublicKey, IReadOnlyList<IPNetwork> Prefixes)
{
    /// <summary>The edge's own address in the tunnel.</summary>
    public IPAddress? TunnelAddress => Prefixes.Where(p => p.PrefixLength == 32).Select(p => p.BaseAddress).FirstOrDefault();

    public bool Has(IEnumerable<IPNetwork> prefixes) => Prefixes.ToHashSet().SetEquals(prefixes);
}
