using System.ComponentModel.DataAnnotations;

namespace Sallyport.Contracts;

/// <summary>A setting that is an IPv4 address.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class Ipv4AddressAttribute() : ValidationAttribute("{0} is an IPv4 address: four decimal numbers without leading zeros, such as 10.0.0.8.")
{
    public override bool IsValid(object? value) => value is null || Ipv4.TryAddress(value as string, out _);
}

/// <summary>A setting that is an IPv4 address with a port.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class Ipv4EndpointAttribute() : ValidationAttribute("{0} is an IPv4 address and a port, such as 203.0.113.7:51820.")
{
    public override bool IsValid(object? value) => value is null || Ipv4.TryEndpoint(value as string, out _);
}
