using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Sallyport.Contracts;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Web.Asset;

/// <summary>From the address in a service's settings to the one IP address that the session will ever connect to.</summary>
internal static class AssetAddress
{
    private static readonly TimeSpan ResolveTimeout = TimeSpan.FromSeconds(5);

    /// <param name="allowLocal">For tests and a demo on one machine.</param>
    /// <exception cref="AssetFailureException">It has none, or one that is no asset's.</exception>
    public static async Task<IPAddress> ResolveAsync(string address, bool allowLocal, CancellationToken cancellationToken)
    {
        // What is no name, and no address in the one notation that people read, is asked of nobody: a resolver would take it for some machine.
        if (!Ipv4.TryEitherFamily(address, out var resolved) && Ipv4.IsHost(address))
        {
            try
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                timeout.CancelAfter(ResolveTimeout);
                resolved = (await Dns.GetHostAddressesAsync(address, timeout.Token)).FirstOrDefault();
            }
            catch (Exception e) when (e is SocketException or ArgumentException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                resolved = null;
            }
        }

        if (resolved is null)
        {
            throw new AssetFailureException(SessionEndReason.AssetLost, "The asset's name is not known to the gateway. Ask an admin to give the service's IP address.");
        }

        return allowLocal || IsElsewhere(resolved)
            ? resolved
            : throw new AssetFailureException(SessionEndReason.AssetLost, "The service's address is the gateway's own or not one that an asset can have. Ask an admin to correct it.");
    }

    /// <summary>
    /// Not this machine, and not a special network: loopback, link-local (where clouds keep their credentials, 169.254.169.254),
    /// unspecified, multicast. Whoever may set an asset's address must not reach the gateway itself by it.
    /// </summary>
    public static bool IsElsewhere(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        var special = IPAddress.IsLoopback(address)
            || address.Equals(IPAddress.Any)
            || address.Equals(IPAddress.IPv6Any)
            || address.IsIPv6LinkLocal
            || address.IsIPv6Multicast
            || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [0, ..] or [127, ..] or [169, 254, ..] or [>= 224, ..]);
        return !special && !NetworkInterface.GetAllNetworkInterfaces().Any(i => i.GetIPProperties().UnicastAddresses.Any(a => a.Address.Equals(address)));
    }
}
