using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Sallyport.Gateway.Sessions;

/// <summary>Section <c>Gateway:Pending</c> of the configuration: sockets whose browser has not shown a ticket yet, so that anybody may be behind them.</summary>
public sealed record PendingOptions
{
    public const string Section = "Gateway:Pending";

    /// <summary>From one address at once: an IPv4 address, or the /64 network of an IPv6 one. A company's people often share one.</summary>
    [Range(1, 10_000)]
    public int PerAddress { get; init; } = 20;

    /// <summary>From everybody at once.</summary>
    [Range(1, 100_000)]
    public int Total { get; init; } = 500;

    /// <summary>How long a browser may take for its first message. Our page has the ticket before it connects.</summary>
    public TimeSpan FirstMessage { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Bounds the sockets that have no session yet. Those of sessions do not count.</summary>
internal sealed class PendingSockets(IOptions<PendingOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress> _perAddress = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
        address => RateLimitPartition.GetConcurrencyLimiter(Network(address), _ => new ConcurrencyLimiterOptions { PermitLimit = options.Value.PerAddress }));

    private readonly ConcurrencyLimiter _total = new(new ConcurrencyLimiterOptions { PermitLimit = options.Value.Total });

    public TimeSpan FirstMessage => options.Value.FirstMessage;

    /// <returns>To be disposed of when the browser has shown who it is, or has left; null when there are too many.</returns>
    public IDisposable? TryAcquire(IPAddress? address)
    {
        var own = _perAddress.AttemptAcquire(address ?? IPAddress.None);
        if (!own.IsAcquired)
        {
            own.Dispose();
            return null;
        }

        var total = _total.AttemptAcquire();
        if (!total.IsAcquired)
        {
            own.Dispose();
            total.Dispose();
            return null;
        }

        return new Leases(own, total);
    }

    public void Dispose()
    {
        _perAddress.Dispose();
        _total.Dispose();
    }

    // Whoever has one IPv6 address has 2^64 (RFC 6177).
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress([.. address.GetAddressBytes().Take(8), .. new byte[8]]) : address;
    }

    private sealed class Leases(RateLimitLease own, RateLimitLease total) : IDisposable
    {
        public void Dispose()
        {
            total.Dispose();
            own.Dispose();
        }
    }
}
