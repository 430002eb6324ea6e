using System.Net;
using Sallyport.Contracts;
using Sallyport.Portal.Overlay;

namespace Sallyport.Portal.Plants;

/// <summary>What an admin says of an asset.</summary>
/// <param name="Tags">Separated by commas.</param>
/// <param name="ReleaseRequired">Null: as the plant says.</param>
public sealed record AssetSpec(string Name, string Address, string Tags, bool? ReleaseRequired);

/// <summary>What an asset must and may say.</summary>
internal static class AssetRules
{
    private const int MaxTags = 10;
    private const int MaxTag = 40;

    /// <returns>What is wrong, for the admin; null: nothing.</returns>
    public static string? Fault(AssetSpec spec, Plant plant) =>
        spec.Name.Trim().Length is 0 or > 100 ? "Give the asset a name of at most 100 characters."
        : !Ipv4.TryAddress(spec.Address.Trim(), out var address) || !plant.LanPrefix.Contains(address) || IsNetworkOrBroadcast(address, plant) ? $"Give the asset's own address in the plant's network {plant.LanPrefix}: four numbers without leading zeros."
        : null;

    public static string[] Tags(AssetSpec spec) =>
        [.. spec.Tags.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(t => t.Length > MaxTag ? t[..MaxTag] : t).Distinct(StringComparer.Ordinal).Take(MaxTags)];

    private static bool IsNetworkOrBroadcast(IPAddress address, Plant plant)
    {
        var hostBits = uint.MaxValue >> plant.LanPrefix.PrefixLength;
        var host = OverlayAddresses.Number(address) & hostBits;
        return host == 0 || host == hostBits;
    }
}
