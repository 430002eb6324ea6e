using System.Net;
using System.Net.Sockets;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Where a password came from, as far as failures are counted together.</summary>
internal readonly record struct AttemptSource(string Name)
{
    private const string DevicePrefix = "device ";
    private const string AddressPrefix = "address ";

    /// <summary>Every browser that the account's owner has not signed in with.</summary>
    public static readonly AttemptSource AllUnknown = new("all unknown");

    /// <summary>The page on which somebody who is signed in changes their password.</summary>
    public static readonly AttemptSource PasswordPage = new("password page");

    /// <summary>Whether it has a count of its own, which nobody else's failures raise.</summary>
    public bool IsKnown => this == PasswordPage || Name.StartsWith(DevicePrefix, StringComparison.Ordinal);

    /// <summary>A browser that the account's owner has signed in with.</summary>
    public static AttemptSource Device(string id) => new(DevicePrefix + id);

    /// <summary>One IPv4 address, or the /64 network of an IPv6 address: who has one address of it has all of them (RFC 6177).</summary>
    public static AttemptSource Address(IPAddress? address) => new(AddressPrefix + address switch
    {
        null => "unknown",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => $"{new IPAddress([.. address.GetAddressBytes().AsSpan(0, 8), .. new byte[8]])}/64",
        _ => address.ToString(),
    });

    /// <summary>For a person.</summary>
    public string Description => this == PasswordPage ? "the password page"
        : this == AllUnknown ? "all browsers that the user has not signed in with"
        : Name.StartsWith(DevicePrefix, StringComparison.Ordinal) ? "a browser of the account's owner"
        : Name[AddressPrefix.Length..];
}
