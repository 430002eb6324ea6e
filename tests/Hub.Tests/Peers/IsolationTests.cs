using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests.Peers;

/// <summary>Two plants with the same LAN, one of them hostile.</summary>
[Collection(PlantsCollection.Name)]
public sealed class IsolationTests(Plants plants) : IAsyncLifetime
{
    private const int Port = 102;
    private const string GatewayNetwork = "10.222.1.0/28";

    public Task InitializeAsync() => plants.ResetAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Each_path_reaches_the_plant_that_it_names_though_both_have_the_same_addresses()
    {
        using var one = await plants.One.Plc.ListenAsync(Port, "plc1");
        using var two = await plants.Two.Plc.ListenAsync(Port, "plc2");
        await plants.OpenAsync(Plants.PathTo(plants.One, Port));
        await plants.OpenAsync(Plants.PathTo(plants.Two, Port));

        using var toOne = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);
        using var toTwo = await plants.Gateway.ConnectAsync(plants.Two.PlcAddress, Port);

        Assert.Equal(("plc1 192.168.10.1", "plc2 192.168.10.1"), (toOne.Greeting, toTwo.Greeting));
    }

    [Fact]
    public async Task A_plant_reaches_neither_another_plant_nor_the_hub_nor_the_gateway()
    {
        await NothingIsReachedAsync(plants.One.Edge);
    }

    [Fact]
    public async Task A_hostile_edge_with_every_route_and_no_filter_of_its_own_reaches_nothing()
    {
        using var plc = await plants.One.Plc.ListenAsync(Port, "plc1");
        await plants.OpenAsync(Plants.PathTo(plants.One, Port));
        using var session = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);

        // Everything that the edge's owner can give itself on its own side, also the names of others.
        var (edge, wg) = (plants.One.Edge, plants.One.Interface);
        await edge.RunAsync($"wg set {wg} peer {plants.Portal.HubPublicKey} allowed-ips 0.0.0.0/0");
        await edge.RunAsync($"ip route replace {GatewayNetwork} dev {wg}");
        await edge.RunAsync($"ip route replace 100.64.0.0/10 dev {wg}");
        await edge.RunAsync("nft delete table ip sallyport_edge");
        await edge.RunAsync($"ip addr add {plants.Two.Tunnel}/32 dev {wg}");
        await edge.RunAsync($"ip addr add {Plants.GatewayAddress}/32 dev {wg}");
        await edge.RunAsync($"ip addr add {plants.One.PlcAddress}/32 dev {wg}");
        try
        {
            await NothingIsReachedAsync(edge);
            await NothingIsReachedAsync(edge, from: plants.Two.Tunnel);
            await NothingIsReachedAsync(edge, from: plants.One.PlcAddress);
            await NothingIsReachedAsync(edge, from: Plants.GatewayAddress, gateway: false);
        }
        finally
        {
            await edge.RunAsync($"ip addr flush dev {wg}");
            await edge.RunAsync($"ip route flush dev {wg}");
            await edge.RunAsync($"{plants.Folder}/edge1/up");
        }

        // It was not the plant's own line that was down.
        Assert.True(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, Port, seconds: 20));
    }

    [Fact]
    public async Task An_edge_serves_only_the_hub_and_only_the_plants_network()
    {
        using var edge = await plants.One.Edge.ListenAsync(2222, "edge");
        using var plc = await plants.One.Plc.ListenAsync(Port, "plc1");
        var (hub, wg) = (plants.Hub, Plants.Interface);

        // The hub's own filter lets no process beside it out. A hub that was taken over drops that: the plant's own still holds.
        Assert.False(await hub.ReachesAsync(plants.One.PlcAddress, Port));
        await hub.RunAsync("ip addr add 100.127.0.99/32 dev lo");
        Assert.False(await UnfilteredAsync(plants.One.Tunnel, 2222));
        Assert.False(await UnfilteredAsync(plants.One.PlcAddress, Port, from: "100.127.0.99"));
        await Eventually.HoldsAsync("the plant's network answers its hub", () => UnfilteredAsync(plants.One.PlcAddress, Port));
        await hub.RunAsync($"ip route add {Plants.Wan}.11/32 dev {wg}");
        try
        {
            Assert.False(await UnfilteredAsync($"{Plants.Wan}.11", 2222));
        }
        finally
        {
            await hub.RunAsync("ip addr del 100.127.0.99/32 dev lo");
        }

        // Each time anew, for the hub that runs here puts its filter back.
        async Task<bool> UnfilteredAsync(string address, int port, string? from = null)
        {
            await hub.RunAsync("nft flush chain inet sallyport output");
            return await hub.ReachesAsync(address, port, from: from);
        }
    }

    private async Task NothingIsReachedAsync(Place edge, string? from = null, bool gateway = true)
    {
        using var atGateway = await plants.Gateway.ListenAsync(2222, "gateway");
        using var atHub = await plants.Hub.ListenAsync(2222, "hub");
        using var atEdge = await plants.Two.Edge.ListenAsync(2222, "edge2");
        using var atPlc = await plants.Two.Plc.ListenAsync(2222, "plc2");
        string[] targets = [Plants.HubAddress, "10.222.1.2", plants.Two.Tunnel, "100.64.2.1", plants.Two.PlcAddress];
        var reached = await Task.WhenAll(targets.Append(Plants.GatewayAddress).SkipLast(gateway ? 0 : 1).Select(async target => (target, Is: await edge.ReachesAsync(target, 2222, from: from))));

        Assert.Empty(reached.Where(r => r.Is).Select(r => r.target));
        Assert.Equal((0, 0, 0, 0), (atGateway.Connections, atHub.Connections, atEdge.Connections, atPlc.Connections));
    }
}
