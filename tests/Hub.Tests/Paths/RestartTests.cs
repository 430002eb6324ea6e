using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests.Paths;

/// <summary>What a hub does when it comes back: exactly what it is told, and quickly.</summary>
[Collection(PlantsCollection.Name)]
public sealed class RestartTests(Plants plants) : IAsyncLifetime
{
    public Task InitializeAsync() => plants.ResetAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_restarted_hub_opens_what_the_state_names_closes_the_rest_and_keeps_the_flows_that_may_go_on()
    {
        using var kept = await plants.One.Plc.ListenAsync(102, "plc1");
        using var lost = await plants.One.Plc.ListenAsync(502, "plc1");
        using var added = await plants.Two.Plc.ListenAsync(102, "plc2");
        var (keptPath, lostPath, newPath) = (Plants.PathTo(plants.One, 102), Plants.PathTo(plants.One, 502), Plants.PathTo(plants.Two, 102));
        await plants.OpenAsync(keptPath);
        await plants.OpenAsync(lostPath);
        using var keptFlow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, 102);
        using var lostFlow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, 502);

        await plants.Process.KillAsync();
        plants.Portal.State = () => plants.State(keptPath, newPath);
        await plants.StartHubAsync();

        Assert.True(await keptFlow.AnswersAsync());
        Assert.False(await lostFlow.AnswersAsync(seconds: 1));
        Assert.True(await plants.Gateway.ReachesAsync(plants.Two.PlcAddress, 102, seconds: 20));
        Assert.Equal(new[] { Plants.Element(keptPath), Plants.Element(newPath) }.Order(), (await plants.OpenPathsAsync()).Keys.Order());
    }

    [Fact]
    public async Task Rules_that_were_changed_while_the_hub_was_away_are_its_own_again()
    {
        using var plc = await plants.One.Plc.ListenAsync(102, "plc1");
        using var other = await plants.One.Plc.ListenAsync(502, "plc1");
        var path = Plants.PathTo(plants.One, 102);
        await plants.OpenAsync(path);
        await plants.Process.KillAsync();
        await plants.Hub.RunAsync("nft insert rule inet sallyport forward accept");
        Assert.True(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, 502, seconds: 20));

        plants.Portal.State = () => plants.State(path);
        await plants.StartHubAsync();

        Assert.True(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, 102, seconds: 20));
        Assert.False(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, 502));
    }

    [Fact]
    public async Task Idle_plants_are_back_within_five_seconds_of_a_reboot_of_the_hub()
    {
        await plants.Process.KillAsync();
        await plants.Hub.RunAsync($"ip link del {Plants.Interface}");
        await plants.Hub.RunAsync("nft flush ruleset");

        await plants.StartHubAsync();

        await Eventually.HoldsAsync(
            "both plants have shaken hands",
            async () => (await plants.Hub.RunAsync($"wg show {Plants.Interface} latest-handshakes")).Split('\n').Count(line => !line.EndsWith("\t0", StringComparison.Ordinal)) == 2,
            TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_state_that_lacks_a_peer_removes_it_with_its_connections()
    {
        using var plc = await plants.Two.Plc.ListenAsync(102, "plc2");
        var path = Plants.PathTo(plants.Two, 102);
        await plants.OpenAsync(path);
        using var flow = await plants.Gateway.ConnectAsync(plants.Two.PlcAddress, 102);

        await plants.ConvergeAsync(Plants.StateOf([plants.One], path));

        Assert.DoesNotContain(plants.Two.PublicKey!, await plants.PeersAsync(), StringComparison.Ordinal);
        Assert.Contains(plants.One.PublicKey!, await plants.PeersAsync(), StringComparison.Ordinal);
        Assert.Empty(await plants.ConnectionsAsync(plants.Two.Virtual));
        Assert.False(await flow.AnswersAsync(seconds: 1));
    }
}
