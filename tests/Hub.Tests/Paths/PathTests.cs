using System.Diagnostics;
using Sallyport.Contracts.Links;
using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests.Paths;

/// <summary>A path is there while its session lives, and neither before nor after.</summary>
[Collection(PlantsCollection.Name)]
public sealed class PathTests(Plants plants) : IAsyncLifetime
{
    private const int Port = 102;
    private const int OtherPort = 502;

    private GreetingServer _plc = null!;
    private GreetingServer _other = null!;

    public async Task InitializeAsync()
    {
        await plants.ResetAsync();
        _plc = await plants.One.Plc.ListenAsync(Port, "plc1");
        _other = await plants.One.Plc.ListenAsync(OtherPort, "plc1");
    }

    public Task DisposeAsync()
    {
        _plc.Dispose();
        _other.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task An_assets_port_answers_during_the_session_and_neither_before_nor_after()
    {
        Assert.False(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, Port));

        var path = Plants.PathTo(plants.One, Port);
        await plants.OpenAsync(path);
        using (var flow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port))
        {
            // The PLC has no default route: it sees its own edge.
            Assert.Equal("plc1 192.168.10.1", flow.Greeting);
        }

        await plants.CloseAsync(path);
        Assert.False(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, Port));
    }

    [Fact]
    public async Task Other_ports_other_assets_and_other_sources_stay_shut_while_a_path_is_open()
    {
        using var edge = await plants.One.Edge.ListenAsync(Port, "edge");
        using var foreign = await plants.Two.Plc.ListenAsync(Port, "plc2");
        await plants.OpenAsync(Plants.PathTo(plants.One, Port));

        Assert.True(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, Port, seconds: 20));
        Assert.False(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, OtherPort));
        Assert.False(await plants.Gateway.ReachesAsync("100.64.1.1", Port));
        Assert.False(await plants.Gateway.ReachesAsync(plants.Two.PlcAddress, Port));
        Assert.False(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, Port, from: Plants.StrangerAddress));
        Assert.Equal((1, 0, 0, 0), (_plc.Connections, _other.Connections, edge.Connections, foreign.Connections));
    }

    [Fact]
    public async Task A_flow_is_cut_in_both_directions_within_a_second_of_closing()
    {
        var path = Plants.PathTo(plants.One, Port);
        await plants.OpenAsync(path);
        using var quiet = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);
        using var pushing = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);
        await pushing.AskForPushesAsync();
        Assert.True(await quiet.AnswersAsync() && await pushing.HearsAsync(10));
        Assert.NotEmpty(await plants.ConnectionsAsync(plants.One.PlcAddress));

        var closing = Stopwatch.StartNew();
        await plants.CloseAsync(path);
        Assert.InRange(closing.Elapsed.TotalSeconds, 0, 1);

        pushing.Drain();
        Assert.False(await pushing.HearsAsync(1));
        Assert.False(await quiet.AnswersAsync(seconds: 1));
        Assert.Empty(await plants.ConnectionsAsync(plants.One.PlcAddress));
    }

    [Fact]
    public async Task The_kernel_ends_a_path_in_both_directions_by_itself_when_the_hub_is_killed()
    {
        await plants.OpenAsync(Plants.PathTo(plants.One, Port, seconds: 8));
        using var quiet = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);
        using var pushing = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);
        await pushing.AskForPushesAsync();

        await plants.Process.KillAsync();
        Assert.True(await quiet.AnswersAsync() && await pushing.HearsAsync(10));

        await Eventually.HoldsAsync("the kernel ends the path", async () => (await plants.OpenPathsAsync()).Count == 0);
        pushing.Drain();
        Assert.False(await pushing.HearsAsync(1));
        Assert.False(await quiet.AnswersAsync(seconds: 1));
        Assert.False(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, Port));
    }

    [Fact]
    public async Task Closing_one_of_two_sessions_on_the_same_port_keeps_the_other()
    {
        var (one, other) = (Plants.PathTo(plants.One, Port), Plants.PathTo(plants.One, Port, seconds: 30));
        await plants.OpenAsync(one);
        await plants.OpenAsync(other);
        using var flow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);

        await plants.CloseAsync(one);

        Assert.True(await flow.AnswersAsync());
        Assert.InRange((await plants.OpenPathsAsync())[Plants.Element(other)]!.Value, 20, 30);
        await plants.CloseAsync(other);
        Assert.False(await flow.AnswersAsync(seconds: 1));
    }

    [Fact]
    public async Task The_longer_of_two_sessions_on_the_same_port_decides_when_it_ends()
    {
        await plants.OpenAsync(Plants.PathTo(plants.One, Port, seconds: 60));
        await plants.OpenAsync(Plants.PathTo(plants.One, Port, seconds: 5));

        Assert.InRange((await plants.OpenPathsAsync()).Single().Value!.Value, 50, 60);
    }

    [Theory]
    [InlineData(600)]
    [InlineData(20)]
    public async Task An_order_for_an_open_path_moves_its_end_without_disturbing_the_flow(int seconds)
    {
        var path = Plants.PathTo(plants.One, Port, seconds: 120);
        await plants.OpenAsync(path);
        using var flow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);

        await plants.OpenAsync(path with { Command = Guid.NewGuid(), RemainingSeconds = seconds });

        Assert.True(await flow.AnswersAsync());
        Assert.InRange((await plants.OpenPathsAsync())[Plants.Element(path)]!.Value, seconds - 10, seconds);
    }

    [Theory]
    [InlineData(600)]
    [InlineData(20)]
    public async Task A_state_moves_the_end_of_an_open_path(int seconds)
    {
        var path = Plants.PathTo(plants.One, Port, seconds: 120);
        await plants.OpenAsync(path);
        using var flow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);

        await plants.ConvergeAsync(plants.State(path with { RemainingSeconds = seconds }));

        Assert.True(await flow.AnswersAsync());
        Assert.InRange((await plants.OpenPathsAsync())[Plants.Element(path)]!.Value, seconds - 10, seconds);
    }

    [Fact]
    public async Task A_state_that_lacks_a_path_closes_it_and_cuts_what_runs_over_it()
    {
        var (kept, lost) = (Plants.PathTo(plants.One, Port), Plants.PathTo(plants.One, OtherPort));
        await plants.OpenAsync(kept);
        await plants.OpenAsync(lost);
        using var keptFlow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);
        using var lostFlow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, OtherPort);

        await plants.ConvergeAsync(plants.State(kept));

        Assert.True(await keptFlow.AnswersAsync());
        Assert.False(await lostFlow.AnswersAsync(seconds: 1));
        Assert.DoesNotContain($"dport={OtherPort}", await plants.ConnectionsAsync(plants.One.PlcAddress), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_is_none_any_more_loses_its_paths()
    {
        await plants.OpenAsync(Plants.PathTo(plants.One, Port));
        using var flow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);

        var list = new GatewayList(Guid.NewGuid(), [Plants.StrangerAddress]);
        Plants.Done(await plants.Portal.OrderAsync(HubEvent.SetGateways, list.Command, list));

        Assert.False(await flow.AnswersAsync(seconds: 1));
        Assert.Empty(await plants.OpenPathsAsync());
    }

    [Fact]
    public async Task A_path_that_ends_by_itself_leaves_no_connection_behind_and_is_not_taken_for_drift()
    {
        foreach (var port in Enumerable.Range(2000, 12))
        {
            await plants.OpenAsync(Plants.PathTo(plants.One, port, seconds: 1 + (port % 4)));
        }

        var path = Plants.PathTo(plants.One, Port, seconds: 5);
        await plants.OpenAsync(path);
        using var flow = await plants.Gateway.ConnectAsync(plants.One.PlcAddress, Port);

        await Eventually.HoldsAsync("the connections are forgotten", async () => (await plants.ConnectionsAsync(plants.One.PlcAddress)).Length == 0);
        Assert.Empty(await plants.OpenPathsAsync());
        Assert.Empty(plants.Portal.TakeDrift());
    }
}
