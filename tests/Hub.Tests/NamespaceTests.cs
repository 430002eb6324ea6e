using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests;

/// <summary>The hub drops what is not its own; so it must not stand where other things live.</summary>
[Collection(PlantsCollection.Name)]
public sealed class NamespaceTests(Plants plants)
{
    [Fact]
    public async Task In_the_machines_own_namespace_the_hub_does_not_start_and_says_why()
    {
        // Without nft in its path: should it ever go on, this machine is not locked out by a test.
        var programs = Directory.CreateDirectory(Path.Combine(plants.Folder, "without-nft")).FullName;
        await Shell.RunAsync($"for program in dotnet env ip sh; do ln -sf $(command -v $program) {programs}/$program; done");
        var log = Path.Combine(plants.Folder, "machine.log");
        await using var hub = HubProcess.Start(null, log, plants.Settings(), programs);

        Assert.Equal(1, await hub.ExitAsync());

        Assert.Contains("Start it in a network namespace of its own", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        Assert.NotEqual(0, (await Shell.TryAsync("nft list table inet sallyport")).Code);
    }

    [Fact]
    public async Task Who_stands_beside_the_hub_has_no_path_not_even_while_the_gateway_has_one()
    {
        await plants.ResetAsync();
        using var plc = await plants.One.Plc.ListenAsync(102, "plc1");
        await plants.OpenAsync(Plants.PathTo(plants.One, 102));

        Assert.True(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, 102, seconds: 20));
        Assert.False(await plants.Hub.ReachesAsync(plants.One.PlcAddress, 102));
        Assert.NotEqual(0, (await Shell.TryAsync($"ip netns exec {plants.Hub.Name} ping -c 1 -W 1 {plants.One.PlcAddress}")).Code);
        Assert.Equal(1, plc.Connections);

        // What plants ask the hub itself is answered.
        await plants.One.Edge.RunAsync($"ping -c 1 -W 5 {Plants.HubAddress}");
    }

    [Fact]
    public async Task On_a_shared_host_the_hub_filters_the_tunnel_and_nothing_else()
    {
        await plants.ResetAsync();
        using var plc = await plants.One.Plc.ListenAsync(102, "plc1");
        using var other = await plants.One.Plc.ListenAsync(502, "plc1");
        using var host = await plants.Hub.ListenAsync(2222, "host");
        using var gateway = await plants.Gateway.ListenAsync(2222, "gateway");
        Assert.False(await plants.Gateway.ReachesAsync("10.222.1.2", 2222));
        await plants.Process.KillAsync();
        await plants.StartHubAsync(("SharedHost", "true"));
        try
        {
            await plants.OpenAsync(Plants.PathTo(plants.One, 102));

            Assert.True(await plants.Gateway.ReachesAsync("10.222.1.2", 2222, seconds: 20));
            Assert.True(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, 102, seconds: 20));
            Assert.False(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, 502));
            Assert.False(await plants.One.Edge.ReachesAsync(Plants.HubAddress, 2222));
            Assert.False(await plants.One.Edge.ReachesAsync(Plants.GatewayAddress, 2222));
        }
        finally
        {
            await plants.Process.KillAsync();
        }
    }
}
