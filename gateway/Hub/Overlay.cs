using System.Net;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Hub.Firewall;
using Sallyport.Hub.WireGuard;

namespace Sallyport.Hub;

/// <summary>An order that must not be carried out; the message is for whoever gave it.</summary>
internal sealed class CommandRejectedException(string message) : Exception(message);

/// <summary>
/// The ranges that the portal has given this hub. Every order is read against them: what comes out has addresses and
/// prefixes in their one canonical form, so that it can be written into nft's and wg's input and compared with what they print.
/// </summary>
public sealed record Overlay(IPAddress Hub, IPNetwork Virtual, IPNetwork Tunnel, IReadOnlySet<IPAddress> Gateways)
{
    /// <summary>No range is larger: it becomes a route into the tunnel.</summary>
    private const int ShortestPrefix = 8;

    private static readonly TimeSpan LongestPath = TimeSpan.FromDays(31);

    /// <exception cref="CommandRejectedException"/>
    public static Overlay Of(HubState state)
    {
        var (hub, wide, tunnel) = (Address(state.TunnelAddress), Prefix(state.VirtualRange), Prefix(state.TunnelRange));
        return wide.PrefixLength < ShortestPrefix || tunnel.PrefixLength < ShortestPrefix ? throw new CommandRejectedException($"A range of the overlay is larger than a /{ShortestPrefix}.")
            : Overlap(wide, tunnel) ? throw new CommandRejectedException($"The ranges {wide} and {tunnel} overlap.")
            : !tunnel.Contains(hub) ? throw new CommandRejectedException($"The hub's own address {hub} is not in {tunnel}.")
            : new Overlay(hub, wide, tunnel, new HashSet<IPAddress>()).WithGateways(state.Gateways);
    }

    /// <exception cref="CommandRejectedException"/>
    public Overlay WithGateways(IReadOnlyList<string>? gateways)
    {
        var addresses = (gateways ?? throw new CommandRejectedException("The order names no list of gateways.")).Select(Address).ToHashSet();
        return addresses.FirstOrDefault(a => Virtual.Contains(a) || Tunnel.Contains(a)) is { } inside
            ? throw new CommandRejectedException($"The gateway {inside} lies in the plants' ranges: a plant could speak in its name.")
            : this with { Gateways = addresses };
    }

    /// <summary>WireGuard would move a prefix from one peer to another without a word; so nothing that overlaps gets that far.</summary>
    /// <param name="taken">What all other peers have, those of the same plant included: the older key is removed before a newer one takes its place. The new peer's prefixes are added.</param>
    /// <exception cref="CommandRejectedException"/>
    public Peer Peer(PeerConfig order, PrefixTable taken)
    {
        if (!IsKey(order.PublicKey))
        {
            throw new CommandRejectedException("The public key is not a WireGuard key (32 bytes, base64).");
        }

        IPNetwork[] prefixes = [.. (order.AllowedIps ?? throw new CommandRejectedException("The peer has no list of prefixes.")).Select(Prefix).Distinct()];
        foreach (var prefix in prefixes)
        {
            if (!(Inside(prefix, Virtual) || Inside(prefix, Tunnel)))
            {
                throw new CommandRejectedException($"The prefix {prefix} is not in the overlay's ranges {Virtual} and {Tunnel}.");
            }

            if (prefix.Contains(Hub))
            {
                throw new CommandRejectedException($"The prefix {prefix} holds the hub's own address {Hub}.");
            }

            if (taken.FindOverlap(prefix) is { } held)
            {
                throw new CommandRejectedException($"The prefix {prefix} of peer {order.PublicKey} overlaps {held.Prefix} of peer {held.PublicKey}.");
            }

            if (Array.Exists(prefixes, other => other != prefix && Overlap(other, prefix)))
            {
                throw new CommandRejectedException($"The prefix {prefix} of peer {order.PublicKey} overlaps another one of it.");
            }
        }

        var peer = new Peer(order.PublicKey, prefixes);
        taken.Add(peer);
        return peer;
    }

    /// <exception cref="CommandRejectedException"/>
    public PathElement Path(PathConfig order)
    {
        var (gateway, asset) = (Address(order.Gateway), Address(order.Address));
        return !Gateways.Contains(gateway) ? throw new CommandRejectedException($"{gateway} is not a gateway.")
            : !Virtual.Contains(asset) ? throw new CommandRejectedException($"{asset} is not an asset's address: it is not in {Virtual}.")
            : order.Port is < 1 or > 65535 ? throw new CommandRejectedException($"{order.Port} is not a port.")
            : order.RemainingSeconds < 1 ? throw new CommandRejectedException("The path is over already.")
            : order.RemainingSeconds > LongestPath.TotalSeconds ? throw new CommandRejectedException($"The path would be open for more than {LongestPath.TotalDays:0} days.")
            : new PathElement(gateway, asset, order.Port);
    }

    public static bool IsKey(string? key)
    {
        Span<byte> bytes = stackalloc byte[48];
        return key is { Length: 44 } && Convert.TryFromBase64String(key, bytes, out var length) && length == 32;
    }

    private static IPAddress Address(string? text) =>
        Ipv4.TryAddress(text, out var address)
            ? address
            : throw new CommandRejectedException($"{Shown(text)} is not an IPv4 address.");

    private static IPNetwork Prefix(string? text) =>
        Ipv4.TryNetwork(text, out var prefix)
            ? prefix
            : throw new CommandRejectedException($"{Shown(text)} is not an IPv4 prefix, such as 100.64.1.0/24.");

    private static string Shown(string? text) => text is null ? "Nothing" : $"“{new string([.. text.Take(40).Where(c => !char.IsControl(c))])}”";

    private static bool Inside(IPNetwork prefix, IPNetwork range) => prefix.PrefixLength >= range.PrefixLength && range.Contains(prefix.BaseAddress);

    private static bool Overlap(IPNetwork one, IPNetwork other) => one.Contains(other.BaseAddress) || other.Contains(one.BaseAddress);
}
