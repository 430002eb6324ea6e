using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests.Drift;

/// <summary>Whatever somebody else does to the hub's network is noticed, told and mended.</summary>
[Collection(PlantsCollection.Name)]
public sealed class DriftTests(Plants plants) : IAsyncLifetime
{
    private const string Changed = "The firewall was changed by somebody else: ";
    private const string ForeignKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";

    private GreetingServer _plc = null!;
    private GreetingServer _other = null!;

    public async Task InitializeAsync()
    {
        await plants.ResetAsync();
        _plc = await plants.One.Plc.ListenAsync(102, "plc1");
        _other = await plants.One.Plc.ListenAsync(502, "plc1");
    }

    public Task DisposeAsync()
    {
        _plc.Dispose();
        _other.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("nft flush chain inet sallyport forward", $"{Changed}chain forward")]
    [InlineData("nft flush chain inet sallyport hide", $"{Changed}chain hide")]
    [InlineData("nft delete chain inet sallyport hide", $"{Changed}chain hide")]
    [InlineData("nft insert rule inet sallyport forward accept", $"{Changed}chain forward")]
    [InlineData("nft add rule inet sallyport input accept", $"{Changed}chain input")]
    [InlineData("sh -c 'nft replace rule inet sallyport forward handle $(nft -a list chain inet sallyport forward | sed -n \"s/.*ip saddr .*tcp dport.*handle //p\") oifname sphtwg accept'", $"{Changed}chain forward")]
    [InlineData("nft 'chain inet sallyport forward { policy accept; }'", $"{Changed}chain forward")]
    [InlineData("nft add chain inet sallyport extra", $"{Changed}chain extra")]
    [InlineData("nft add table inet sallyport '{ flags dormant; }'", $"{Changed}table")]
    [InlineData("nft delete table inet sallyport", "The firewall table was missing.")]
    [InlineData("nft flush ruleset", "The firewall table was missing.")]
    [InlineData("nft delete element inet sallyport paths '{ 10.222.1.1 . 100.64.1.30 . 102 }'", "The path 10.222.1.1 . 100.64.1.30 . 102 was missing.")]
    [InlineData("nft flush set inet sallyport paths", "The path 10.222.1.1 . 100.64.1.30 . 102 was missing.")]
    [InlineData("nft add element inet sallyport paths '{ 10.222.1.1 . 100.64.1.30 . 502 timeout 1h }'", "The path 10.222.1.1 . 100.64.1.30 . 502 was open without an order.")]
    [InlineData("nft add element inet sallyport paths '{ 10.222.1.1 . 100.64.1.30 . 502 }'", "The path 10.222.1.1 . 100.64.1.30 . 502 was open without an order.")]
    [InlineData("sh -c 'nft \"delete element inet sallyport paths { 10.222.1.1 . 100.64.1.30 . 102 }; add element inet sallyport paths { 10.222.1.1 . 100.64.1.30 . 102 timeout 30d }\"'", "The path 10.222.1.1 . 100.64.1.30 . 102 had another end than ordered.")]
    [InlineData("sh -c 'nft \"delete element inet sallyport paths { 10.222.1.1 . 100.64.1.30 . 102 }; add element inet sallyport paths { 10.222.1.1 . 100.64.1.30 . 102 }\"'", "The path 10.222.1.1 . 100.64.1.30 . 102 had another end than ordered.")]
    [InlineData($"wg set {Plants.Interface} peer {ForeignKey} allowed-ips 100.64.77.0/24", $"The peer {ForeignKey} was there without an order.")]
    [InlineData($"wg set {Plants.Interface} peer {ForeignKey} allowed-ips 100.64.1.0/24", $"The peer {ForeignKey} was there without an order.")]
    [InlineData($"sh -c 'wg set {Plants.Interface} $(wg show {Plants.Interface} peers | sed \"s/.*/peer & remove/\")'", "was missing.")]
    [InlineData($"sh -c 'wg set {Plants.Interface} $(wg show {Plants.Interface} peers | sed \"s/.*/peer & allowed-ips 100.64.99.0\\/24/\")'", "had other prefixes than ordered.")]
    [InlineData($"ip link del {Plants.Interface}", $"The interface {Plants.Interface} was missing.")]
    [InlineData($"ip link set {Plants.Interface} down", $"The interface {Plants.Interface} had another key or port, or was down.")]
    [InlineData($"wg set {Plants.Interface} listen-port 51999", $"The interface {Plants.Interface} had another key or port, or was down.")]
    [InlineData($"sh -c 'wg genkey | wg set {Plants.Interface} private-key /dev/stdin'", $"The interface {Plants.Interface} had another key or port, or was down.")]
    [InlineData($"ip route del 100.64.0.0/11 dev {Plants.Interface}", $"The interface {Plants.Interface} had other addresses or routes.")]
    [InlineData($"ip addr del {Plants.HubAddress}/32 dev {Plants.Interface}", $"The interface {Plants.Interface} had other addresses or routes.")]
    [InlineData("sysctl -qw net.ipv4.ip_forward=0", "Forwarding was off.")]
    public async Task What_somebody_else_did_is_noticed_told_and_mended(string tampering, string told)
    {
        var path = Plants.PathTo(plants.One, 102, seconds: 600);
        await plants.OpenAsync(path);
        var before = await SnapshotAsync();

        await plants.Hub.RunAsync(tampering);

        await plants.Portal.DriftAsync(told);
        await Eventually.HoldsAsync("it is mended", async () => await SnapshotAsync() == before);
        Assert.InRange((await plants.OpenPathsAsync())[Plants.Element(path)]!.Value, 500, 600);
        Assert.True(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, 102, seconds: 20));
        Assert.False(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, 502));
    }

    [Fact]
    public async Task What_is_as_ordered_is_not_told()
    {
        await plants.OpenAsync(Plants.PathTo(plants.One, 102));
        var health = plants.Portal.LastHealth;
        for (var reports = 0; reports < 3; health = plants.Portal.LastHealth, reports++)
        {
            await Eventually.HoldsAsync("another report", () => plants.Portal.LastHealth != health);
        }

        Assert.Empty(plants.Portal.TakeDrift());
        Assert.Equal(new[] { plants.One.PublicKey, plants.Two.PublicKey }.Order(), health!.Peers.Select(p => p.PublicKey).Order());
    }

    [Fact]
    public async Task What_was_found_while_the_portal_was_away_is_told_when_it_is_back()
    {
        var connected = plants.Portal.NextConnection();
        plants.Portal.IsAway = true;
        await plants.Hub.RunAsync("nft flush chain inet sallyport hide");
        await Eventually.HoldsAsync("it is mended", async () => (await plants.Hub.RunAsync("nft list chain inet sallyport hide")).Contains("masquerade", StringComparison.Ordinal));

        plants.Portal.IsAway = false;

        await connected;
        await plants.Portal.DriftAsync("chain hide");
    }

    private async Task<string> SnapshotAsync() =>
        (await Shell.TryAsync($"ip netns exec {plants.Hub.Name} sh -c 'nft -t -s list table inet sallyport; wg show {Plants.Interface} allowed-ips | sort; wg show {Plants.Interface} public-key; wg show {Plants.Interface} listen-port; ip -o -4 addr show dev {Plants.Interface} | tr -s \" \" | cut -d \" \" -f 2-; ip route show dev {Plants.Interface}; ip link show {Plants.Interface} | grep -o mtu.*state'")).Output;
}
