using Sallyport.Contracts.Links;
using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests.Peers;

/// <summary>WireGuard gives a prefix silently to whoever was named last; the hub does not let it come to that.</summary>
[Collection(PlantsCollection.Name)]
public sealed class OverlapTests(Plants plants) : IAsyncLifetime
{
    public Task InitializeAsync() => plants.ResetAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("100.64.1.0/24")]
    [InlineData("100.64.1.128/25")]
    [InlineData("100.64.0.0/23")]
    [InlineData("100.127.0.2/32")]
    public async Task A_peer_whose_prefix_overlaps_anothers_is_refused_and_both_are_named(string prefix)
    {
        var before = await plants.PeersAsync();

        var error = await SetAsync(new PeerConfig(Guid.NewGuid(), Guid.NewGuid(), Key(), [prefix]));

        Assert.Contains(prefix, error, StringComparison.Ordinal);
        Assert.Contains(plants.One.PublicKey!, error, StringComparison.Ordinal);
        Assert.Equal(before, await plants.PeersAsync());
    }

    [Fact]
    public async Task A_second_key_of_the_same_plant_is_refused_until_the_older_one_is_removed()
    {
        var replacement = plants.Two.Peer with { PublicKey = Key() };
        Assert.Contains(plants.Two.PublicKey!, await SetAsync(replacement), StringComparison.Ordinal);

        var removal = new PeerRemoval(Guid.NewGuid(), plants.Two.PublicKey!);
        Plants.Done(await plants.Portal.OrderAsync(HubEvent.RemovePeer, removal.Command, removal));

        Assert.Null(await SetAsync(replacement with { Command = Guid.NewGuid() }));
    }

    [Fact]
    public async Task Peers_that_overlap_in_one_state_are_told_and_the_rest_of_the_state_is_done()
    {
        using var plc = await plants.One.Plc.ListenAsync(102, "plc1");
        var thief = new PeerConfig(Guid.NewGuid(), Guid.NewGuid(), Key(), [plants.One.Virtual]);
        var path = Plants.PathTo(plants.One, 102);
        var state = plants.State(path);
        state = state with { Peers = [.. state.Peers, thief] };

        var ack = await plants.Portal.OrderAsync(HubEvent.State, state.Command, state);

        Assert.Contains(thief.PublicKey, ack.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(thief.PublicKey, await plants.PeersAsync(), StringComparison.Ordinal);
        Assert.True(await plants.Gateway.ReachesAsync(plants.One.PlcAddress, 102, seconds: 20));
    }

    [Fact]
    public async Task Prefixes_of_one_peer_that_overlap_are_refused() =>
        Assert.Contains("overlaps another one of it", await SetAsync(new PeerConfig(Guid.NewGuid(), Guid.NewGuid(), Key(), ["100.64.9.0/24", "100.64.9.7/32"])), StringComparison.Ordinal);

    [Fact]
    public async Task A_peer_that_a_state_names_twice_is_told()
    {
        var state = plants.State();
        var again = plants.One.Peer with { AllowedIps = ["100.64.9.0/24"] };
        state = state with { Peers = [.. state.Peers, again] };

        Assert.Contains("is named twice", (await plants.Portal.OrderAsync(HubEvent.State, state.Command, state)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_with_a_thousand_plants_and_five_hundred_paths_is_taken_and_undone()
    {
        var peers = Enumerable.Range(0, 1000).Select(i => new PeerConfig(Guid.NewGuid(), Guid.NewGuid(), Key(), [$"100.127.{10 + (i / 250)}.{i % 250}/32", $"100.{70 + (i / 250)}.{i % 250}.0/24"])).ToArray();
        var paths = Enumerable.Range(1, 500).Select(port => Plants.PathTo(plants.One, port)).ToArray();
        var state = plants.State(paths);
        state = state with { Peers = [.. state.Peers, .. peers] };

        Plants.Done(await plants.Portal.OrderAsync(HubEvent.State, state.Command, state));

        Assert.Equal(1002, (await plants.PeersAsync()).Split('\n').Length);
        Assert.Equal(500, (await plants.OpenPathsAsync()).Count);

        await plants.ConvergeAsync(plants.State());
        Assert.Equal(2, (await plants.PeersAsync()).Split('\n').Length);
        Assert.Empty(await plants.OpenPathsAsync());
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("192.168.10.0/24")]
    [InlineData("100.127.0.0/24")]
    [InlineData("100.127.0.1/32")]
    public async Task A_prefix_outside_the_overlay_or_with_the_hub_in_it_is_refused(string prefix) =>
        Assert.Contains(prefix, await SetAsync(new PeerConfig(Guid.NewGuid(), Guid.NewGuid(), Key(), [prefix])), StringComparison.Ordinal);

    [Fact]
    public async Task A_removed_peer_takes_its_connections_with_it()
    {
        using var plc = await plants.Two.Plc.ListenAsync(102, "plc2");
        await plants.OpenAsync(Plants.PathTo(plants.Two, 102));
        using var flow = await plants.Gateway.ConnectAsync(plants.Two.PlcAddress, 102);
        Assert.NotEmpty(await plants.ConnectionsAsync(plants.Two.Virtual));

        var removal = new PeerRemoval(Guid.NewGuid(), plants.Two.PublicKey!);
        Plants.Done(await plants.Portal.OrderAsync(HubEvent.RemovePeer, removal.Command, removal));

        Assert.DoesNotContain(plants.Two.PublicKey!, await plants.PeersAsync(), StringComparison.Ordinal);
        Assert.Empty(await plants.ConnectionsAsync(plants.Two.Virtual));
        Assert.False(await flow.AnswersAsync(seconds: 1));
    }

    [Fact]
    public async Task Removing_a_peer_that_is_not_there_is_done_already()
    {
        var removal = new PeerRemoval(Guid.NewGuid(), Key());

        Plants.Done(await plants.Portal.OrderAsync(HubEvent.RemovePeer, removal.Command, removal));
    }

    private async Task<string?> SetAsync(PeerConfig peer) => (await plants.Portal.OrderAsync(HubEvent.SetPeer, peer.Command, peer)).Error;

    private static string Key() => Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
}
