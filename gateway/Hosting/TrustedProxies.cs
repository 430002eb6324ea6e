using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using Sallyport.Contracts;

namespace Sallyport.Hosting;

/// <summary>
/// The reverse proxies whose word on who is behind them is taken (X-Forwarded-For and -Proto): section
/// <c>Proxies</c>. Everybody else's is ignored, since anybody can write these headers.
/// </summary>
public sealed record TrustedProxies : IValidatableObject
{
    public const string Section = "Proxies";

    /// <summary>Addresses, or networks such as <c>10.1.0.0/24</c>. None: nobody is believed.</summary>
    public IReadOnlyList<string> Trusted { get; init; } = [];

    // A method: validation reads every property, before it is known to be right.
    public IReadOnlyList<IPNetwork> ToNetworks() => [.. Trusted.Select(text => Read(text)!.Value)];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Trusted
        .Where(text => Read(text) is null or { PrefixLength: 0 })
        .Select(text => new ValidationResult($"{Section}:Trusted holds “{text}”: give a proxy's IP address, or the network that only proxies are in, such as 10.1.0.0/24."));

    private static IPNetwork? Read(string text) =>
        Ipv4.TryEitherFamily(text.Trim(), out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : Ipv4.TryNetwork(text.Trim(), out var network) || (IPNetwork.TryParse(text.Trim(), out network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6) ? network
        : null;
}
