using System.Buffers.Binary;
using System.Net;
using IPNetwork = System.Net.IPNetwork;

namespace Sallyport.Portal.Overlay;

/// <summary>How addresses of the overlay are given out: a virtual prefix as large as the plant's own for each plant, and one tunnel address for its edge.</summary>
public static class OverlayAddresses
{
    public static readonly IPNetwork VirtualRange = IPNetwork.Parse("100.64.0.0/11");
    public static readonly IPNetwork TunnelRange = IPNetwork.Parse("100.127.0.0/16");
    public static readonly IPAddress HubAddress = IPAddress.Parse("100.127.0.1");

    /// <summary>The first free block of that length, aligned; null when the range is full.</summary>
    public static IPNetwork? FreePrefix(int length, IEnumerable<IPNetwork> taken)
    {
        var size = 1L << (32 - length);
        var at = (long)Number(VirtualRange.BaseAddress);
        var end = at + (1L << (32 - VirtualRange.PrefixLength));
        foreach (var (start, stop) in taken.Select(n => (Start: (long)Number(n.BaseAddress), Stop: Number(n.BaseAddress) + (1L << (32 - n.PrefixLength)))).OrderBy(n => n.Start))
        {
            if (at + size <= start)
            {
                break;
            }

            at = Math.Max(at, (stop + size - 1) / size * size);
        }

        return at + size <= end ? new IPNetwork(Address((uint)at), length) : null;
    }

    /// <summary>The first free edge address; null when all 65,533 are taken.</summary>
    public static IPAddress? FreeTunnelAddress(IReadOnlySet<IPAddress> taken)
    {
        var first = Number(TunnelRange.BaseAddress) + 2;
        for (var at = first; at < first + 65533; at++)
        {
            if (Address(at) is var address && !taken.Contains(address))
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>The asset's host bits in the plant's virtual prefix.</summary>
    public static IPAddress ToVirtual(IPAddress lanAddress, IPNetwork lan, IPNetwork virtualPrefix)
    {
        var hostBits = lan.PrefixLength == 32 ? 0 : uint.MaxValue >> lan.PrefixLength;
        return Address(Number(virtualPrefix.BaseAddress) | (Number(lanAddress) & hostBits));
    }

    public static uint Number(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress Address(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
