using System.Diagnostics;
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
}
