using Sallyport.Contracts.Links;
using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests.Orders;

/// <summary>A bad order gets an error for its ack, and nothing else happens.</summary>
[Collection(PlantsCollection.Name)]
public sealed class BadOrderTests(Plants plants) : IAsyncLifetime
{
    private const string Path = """ "pathId":"7a3a1f8e-0000-4000-8000-000000000001","gateway":"10.222.1.1","address":"100.64.1.30","port":102,"remainingSeconds":60 """;
    private const string State = """ "tunnelAddress":"100.127.0.1","virtualRange":"100.64.0.0/11","tunnelRange":"100.127.0.0/16","gateways":["10.222.1.1"],"peers":[],"paths":[] """;
    private const string Key = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";

    public Task InitializeAsync() => plants.ResetAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(HubEvent.OpenPath, Path, "\"port\":102", "\"port\":0")]
    [InlineData(HubEvent.OpenPath, Path, "\"port\":102", "\"port\":70000")]
    [InlineData(HubEvent.OpenPath, Path, "\"port\":102", "\"port\":\"ssh\"")]
    [InlineData(HubEvent.OpenPath, Path, "\"port\":102", "\"port\":99999999999")]
    [InlineData(HubEvent.OpenPath, Path, ":60", ":0")]
    [InlineData(HubEvent.OpenPath, Path, ":60", ":-1")]
    [InlineData(HubEvent.OpenPath, Path, ":60", ":2147483647")]
    [InlineData(HubEvent.OpenPath, Path, "10.222.1.1", "10.222.1.3")]
    [InlineData(HubEvent.OpenPath, Path, "10.222.1.1", "nobody")]
    [InlineData(HubEvent.OpenPath, Path, "100.64.1.30", "192.168.10.30")]
    [InlineData(HubEvent.OpenPath, Path, "100.64.1.30", "100.127.0.2")]
    [InlineData(HubEvent.OpenPath, Path, "100.64.1.30", "100.64.1")]
    [InlineData(HubEvent.OpenPath, Path, "100.64.1.30", "100.64.1.30 . 1 }\\nflush ruleset\\n")]
    [InlineData(HubEvent.OpenPath, Path, "100.64.1.30", "::ffff:100.64.1.30")]
    [InlineData(HubEvent.OpenPath, Path, Path, "\"pathId\":null")]
    [InlineData(HubEvent.OpenPath, Path, Path, "\"port\":102")]
    [InlineData(HubEvent.SetPeer, "\"publicKey\":\"short\",\"allowedIps\":[\"100.64.9.0/24\"]", "", "")]
    [InlineData(HubEvent.SetPeer, "\"publicKey\":null,\"allowedIps\":[\"100.64.9.0/24\"]", "", "")]
    [InlineData(HubEvent.SetPeer, $"\"publicKey\":\"{Key}\"", "", "")]
    [InlineData(HubEvent.SetPeer, $"\"publicKey\":\"{Key}\",\"allowedIps\":[null]", "", "")]
    [InlineData(HubEvent.SetPeer, $"\"publicKey\":\"{Key}\",\"allowedIps\":[\"100.64.9.5/24\"]", "", "")]
    [InlineData(HubEvent.SetPeer, $"\"publicKey\":\"{Key}\",\"allowedIps\":[\"100.64.9.0/33\"]", "", "")]
    [InlineData(HubEvent.SetPeer, $"\"publicKey\":\"{Key}\",\"allowedIps\":[\"fd00::/64\"]", "", "")]
    [InlineData(HubEvent.SetPeer, $"\"publicKey\":\"{Key}\",\"allowedIps\":\"all\"", "", "")]
    [InlineData(HubEvent.RemovePeer, "\"publicKey\":\"private-key\"", "", "")]
    [InlineData(HubEvent.RemovePeer, "\"plant\":1", "", "")]
    [InlineData(HubEvent.SetGateways, "\"gateways\":null", "", "")]
    [InlineData(HubEvent.SetGateways, "\"gateways\":[\"100.64.1.1\"]", "", "")]
    [InlineData(HubEvent.State, State, "100.64.0.0/11", "everywhere")]
    [InlineData(HubEvent.State, State, "100.64.0.0/11", "0.0.0.0/0")]
    [InlineData(HubEvent.State, State, "100.64.0.0/11", "100.0.0.0/8")]
    [InlineData(HubEvent.State, State, "100.127.0.1\"", "100.127.0.999\"")]
    [InlineData(HubEvent.State, State, "100.127.0.1\"", "10.0.0.1\"")]
    [InlineData(HubEvent.State, State, "10.222.1.1", "100.64.1.1")]
    [InlineData(HubEvent.State, State, "\"peers\":[]", "\"peers\":null")]
    [InlineData(HubEvent.State, State, "\"peers\":[]", "\"peers\":[null]")]
    [InlineData(HubEvent.State, State, "\"paths\":[]", "\"paths\":7")]
    [InlineData("reboot", State, "", "")]
    public async Task It_is_refused_with_an_error_and_changes_nothing(string name, string fields, string replace, string by)
    {
        var path = Plants.PathTo(plants.One, 102);
        await plants.OpenAsync(path);
        var (before, connections) = (await SnapshotAsync(), plants.Portal.Connections);
        var command = Guid.NewGuid();

        var ack = await plants.Portal.OrderAsync(name, command, $"{{\"command\":\"{command}\",{(replace.Length > 0 ? fields.Replace(replace, by, StringComparison.Ordinal) : fields)}}}");

        Assert.False(string.IsNullOrWhiteSpace(ack.Error));
        Assert.Equal(before, await SnapshotAsync());
        Assert.True(plants.Process.IsRunning);
        Assert.Equal(connections, plants.Portal.Connections);
    }

    [Theory]
    [InlineData("not json at all")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"command\":7}")]
    public async Task What_does_not_even_say_which_order_it_is_is_passed_over(string data)
    {
        var connections = plants.Portal.Connections;

        plants.Portal.Send(HubEvent.OpenPath, data);

        await plants.OpenAsync(Plants.PathTo(plants.One, 102));
        Assert.Equal(connections, plants.Portal.Connections);
    }

    [Fact]
    public async Task A_path_id_that_is_open_to_another_asset_is_refused()
    {
        var path = Plants.PathTo(plants.One, 102);
        await plants.OpenAsync(path);

        var other = path with { Command = Guid.NewGuid(), Port = 502 };
        var ack = await plants.Portal.OrderAsync(HubEvent.OpenPath, other.Command, other);

        Assert.Contains("close it first", ack.Error, StringComparison.Ordinal);
        Assert.Equal(Plants.Element(path), (await plants.OpenPathsAsync()).Single().Key);
    }

    [Fact]
    public async Task A_program_that_is_missing_is_named_in_the_error_and_the_hub_goes_on()
    {
        var programs = Directory.CreateDirectory(System.IO.Path.Combine(plants.Folder, "without-conntrack")).FullName;
        await Shell.RunAsync($"for program in dotnet env ip nft sh sleep wg wireguard-go; do ln -sf $(command -v $program) {programs}/$program; done");
        await plants.StartHubAsync(programs);
        var path = Plants.PathTo(plants.One, 102);
        await plants.OpenAsync(path);
        var command = Guid.NewGuid();

        var ack = await plants.Portal.OrderAsync(HubEvent.ClosePath, command, new PathClosure(command, path.PathId));

        Assert.Contains("conntrack could not be started", ack.Error, StringComparison.Ordinal);
        Assert.True(plants.Process.IsRunning);
        Assert.Empty(await plants.OpenPathsAsync());
        await plants.Process.KillAsync();
    }

    private Task<string> SnapshotAsync() =>
        plants.Hub.RunAsync($"sh -c 'nft -s list table inet sallyport | sed \"s/ expires [0-9a-z]*//\"; wg show {Plants.Interface} allowed-ips | sort; ip -o addr show dev {Plants.Interface}; ip route'");
}
