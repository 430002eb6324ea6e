using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Hosting;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Plants;

/// <summary>An address is what a person reads, wherever one is typed: nothing takes <c>010</c> for 8.</summary>
[Collection(PostgresCollection.Name)]
public sealed class AddressNotationTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    public static TheoryData<string> OtherNotations => ["192.168.10.010", "3232238089", "0xC0A80A09", "0xc0.0xa8.0xa.0x9", "192.168.2569", "0300.168.10.9", "192.168.10.9.", " 192.168.10.9", "１９２.168.10.9", "::ffff:192.168.10.9"];

    [Theory]
    [MemberData(nameof(OtherNotations))]
    public void Only_four_decimal_numbers_without_leading_zeros_are_an_address(string text)
    {
        Assert.False(Ipv4.TryAddress(text, out _));
        Assert.False(Ipv4.TryNetwork($"{text}/32", out _));
        Assert.False(Ipv4.TryEndpoint($"{text}:51820", out _));
        Assert.True(Ipv4.TryAddress("192.168.10.9", out _));
        Assert.True(Ipv4.TryNetwork("192.168.10.0/24", out _));
        Assert.True(Ipv4.TryEndpoint("192.168.10.9:51820", out _));
    }

    [Theory]
    [InlineData("192.168.10.010")]
    [InlineData("3232238089")]
    [InlineData("0xC0A80A09")]
    public async Task No_form_and_no_component_is_believed_with_another_notation(string text)
    {
        var (asset, _) = await world.NewAssetAsync();
        var assets = world.Get<AssetChanges>();

        Assert.Contains("without leading zeros", (await assets.AddAsync(world.Admin, world.Plant.Id, new AssetSpec($"At {text}", text, "", null), default)).Error, StringComparison.Ordinal);
        Assert.Contains("without leading zeros", (await assets.SaveAsync(world.Admin, asset.Id, new AssetSpec(asset.Name, text, "", null), asset.Version, default)).Error, StringComparison.Ordinal);
        Assert.NotNull((await world.Get<PlantRegistry>().AddAsync(world.Admin, $"Plant {text}", $"{text}/32", false, default)).Error);
        Assert.NotNull(WebRules.Fault(new WebSettings { Host = text }));
        Assert.NotNull(WebRules.Fault(new WebSettings { Aliases = [text] }));
        Assert.Single(new TrustedProxies { Trusted = [text] }.Validate(new(text)));
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var enrolled = await world.Get<Enrollment>().EnrollComponentAsync(
            new ComponentEnrollment("any", Sallyport.Contracts.Signing.PublicKey.Of(key), new GatewayInfo("https://gateway.test", text), null), null, default);
        Assert.Contains("does not say what", enrolled.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_with_leading_zeros_or_host_bits_is_no_plants()
    {
        foreach (var lan in new[] { "192.168.010.0/24", "192.168.10.0/024", "192.168.10.1/24", "0xC0A80A00/24" })
        {
            Assert.Contains("such as 192.168.10.0/24", (await world.Get<PlantRegistry>().AddAsync(world.Admin, lan, lan, false, default)).Error, StringComparison.Ordinal);
        }
    }
}
