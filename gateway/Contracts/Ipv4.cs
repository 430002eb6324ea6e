using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sallyport.Contracts;

/// <summary>
/// IPv4 in the one notation that everybody reads alike: four decimal numbers without leading zeros. .NET, like C, also takes
/// octal, hexadecimal and shorter forms, so that <c>192.168.10.010</c> would be machine 8; wherever an address is typed or
/// told, it is read here.
/// </summary>
public static class Ipv4
{
    public static bool TryAddress(string? text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = IPAddress.TryParse(text, out var parsed) && parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() == text ? parsed : null;
        return address is not null;
    }

    /// <summary>The same, or an IPv6 address.</summary>
    public static bool TryEitherFamily(string? text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = TryAddress(text, out var parsed) || (IPAddress.TryParse(text, out parsed) && parsed.AddressFamily == AddressFamily.InterNetworkV6) ? parsed : null;
        return address is not null;
    }

    /// <summary>A prefix such as <c>192.168.10.0/24</c>, without host bits.</summary>
    public static bool TryNetwork(string? text, out IPNetwork network)
    {
        var valid = IPNetwork.TryParse(text, out var parsed) && parsed.BaseAddress.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() == text;
        network = valid ? parsed : default;
        return valid;
    }

    /// <summary><c>address:port</c></summary>
    public static bool TryEndpoint(string? text, [NotNullWhen(true)] out IPEndPoint? endpoint)
    {
        endpoint = text is not null && IPEndPoint.TryParse(text, out var parsed) && parsed is { AddressFamily: AddressFamily.InterNetwork, Port: > 0 } && parsed.ToString() == text ? parsed : null;
        return endpoint is not null;
    }

    /// <summary>A host's name or address. What ends in a number is an address to every URL parser (WHATWG URL, section 3.5), so it must be one as it is written here.</summary>
    public static bool IsHost(string host) => Uri.CheckHostName(host) != UriHostNameType.Unknown && (!EndsInNumber(host) || TryAddress(host, out _));

    private static bool EndsInNumber(string host)
    {
        var label = host.TrimEnd('.');
        label = label[(label.LastIndexOf('.') + 1)..];
        return (label.Length > 0 && label.All(char.IsAsciiDigit))
            || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && (label.Length == 2 || UInt128.TryParse(label.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _)));
    }
}
