using System.Net;
using System.Text.Json.Nodes;
using Sallyport.Contracts.Links;

namespace Sallyport.Hub.Tests.Support;

/// <summary>One plant: its edge, and a PLC behind it at the same LAN address as every other plant's.</summary>
internal sealed record Plant(int Number, string Lan = Plant.UsualLan)
{
    public const string UsualLan = "192.168.10.0/24";

    public Guid Id { get; } = Guid.NewGuid();

    public string Interface => $"{Plants.Prefix}e{Number}wg";

    public Place Edge { get; } = new($"{Plants.Prefix}-edge{Number}");

    public Place Plc { get; } = new($"{Plants.Prefix}-plc{Number}");

    public string Tunnel => $"100.127.0.{Number + 1}";

    public string Virtual => $"100.64.{Number}.0/24";

    /// <summary>The PLC as the overlay sees it.</summary>
    public string PlcAddress => $"100.64.{Number}.30";

    public string? PublicKey { get; set; }

    public PeerConfig Peer => new(Guid.NewGuid(), Id, PublicKey!, [$"{Tunnel}/32", Virtual]);
}

/// <summary>
/// A hub in a namespace of its own with two plants that have the same LAN, a place where gateways stand, and a scripted
/// portal. The edges are enrolled by deploy/site/enroll, as edges are. Names and addresses are this project's own.
/// </summary>
public sealed class Plants : IAsyncLifetime
{
    public const string Prefix = "spht";
    public const string HubAddress = "100.127.0.1";
    public const int HubPort = 51820;

    /// <summary>wireguard-go keeps a socket by the interface's name for all namespaces of the machine: so each name is there once.</summary>
    public const string Interface = "sphtwg";

    internal const string Wan = "10.222.0";
    internal const string GatewayAddress = "10.222.1.1";

    /// <summary>Stands at the same place, and was never named to the hub.</summary>
    internal const string StrangerAddress = "10.222.1.3";

    private HubProcess? _hub;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("sallyport-hub").FullName;

    internal Place Hub { get; } = new($"{Prefix}-hub");

    internal Place Gateway { get; } = new($"{Prefix}-gw");

    internal Plant One { get; } = new(1);

    internal Plant Two { get; } = new(2);

    internal ScriptedPortal Portal { get; private set; } = null!;

    internal HubProcess Process => _hub!;

    internal string Log => Path.Combine(Folder, "hub.log");

    public async Task InitializeAsync()
    {
        await DownAsync();
        await Shell.RunAsync($$"""
            set -e
            ip link add {{Prefix}}-wan type bridge
            # A bridge whose address is not set takes its ports', and whoever knows it by the older one loses it for half a minute.
            ip link set {{Prefix}}-wan address "$(cat /sys/class/net/{{Prefix}}-wan/address)"
            ip addr add {{Wan}}.1/24 dev {{Prefix}}-wan
            ip link set {{Prefix}}-wan up
            ip netns add {{Hub.Name}}
            ip netns add {{Gateway.Name}}
            ip -n {{Hub.Name}} link set lo up
            ip -n {{Gateway.Name}} link set lo up
            ip link add {{Prefix}}-hubw type veth peer name wan netns {{Hub.Name}}
            ip link set {{Prefix}}-hubw master {{Prefix}}-wan up
            ip -n {{Hub.Name}} addr add {{Wan}}.2/24 dev wan
            ip -n {{Hub.Name}} link set wan up
            ip -n {{Hub.Name}} link add gw type veth peer name hub netns {{Gateway.Name}}
            ip -n {{Hub.Name}} addr add 10.222.1.2/28 dev gw
            ip -n {{Hub.Name}} link set gw up
            ip -n {{Gateway.Name}} addr add {{GatewayAddress}}/28 dev hub
            ip -n {{Gateway.Name}} addr add {{StrangerAddress}}/28 dev hub
            ip -n {{Gateway.Name}} link set hub up
            ip -n {{Gateway.Name}} route add 100.64.0.0/10 via 10.222.1.2
            ip netns exec {{Hub.Name}} sysctl -qw net.ipv4.ip_forward=1
            """);
        Portal = await ScriptedPortal.StartAsync(IPAddress.Parse($"{Wan}.1"), () => State());
        await StartHubAsync();
        foreach (var plant in new[] { One, Two })
        {
            await PlantAsync("up", plant.Number);
            Portal.OnEnroll = (_, publicKey) => AcceptAsync(plant, publicKey);
            Assert.Equal((0, "Connected"), await EnrollAsync(plant) is var (code, output) ? (code, output.Contains("Connected.", StringComparison.Ordinal) ? "Connected" : output) : default);
        }

        // From now on the hub can lose anything and finds its plants again.
        await Eventually.HoldsAsync("the plants' endpoints are saved", async () => File.Exists($"{Folder}/hub/endpoints") && (await File.ReadAllLinesAsync($"{Folder}/hub/endpoints")).Length == 2);
    }

    public async Task DisposeAsync()
    {
        if (_hub is not null)
        {
            await _hub.DisposeAsync();
        }

        await DownAsync();
        await Portal.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A state with both plants and these paths.</summary>
    internal HubState State(params PathConfig[] paths) => StateOf([One, Two], paths);

    internal static HubState StateOf(IEnumerable<Plant> plants, params PathConfig[] paths) =>
        new(Guid.NewGuid(), HubAddress, "100.64.0.0/11", "100.127.0.0/16", [GatewayAddress], [.. plants.Where(p => p.PublicKey is not null).Select(p => p.Peer)], paths);

    internal static PathConfig PathTo(Plant plant, int port, int seconds = 60) => new(Guid.NewGuid(), Guid.NewGuid(), GatewayAddress, plant.PlcAddress, port, seconds);

    /// <summary>Gives the hub a clean beginning: running, both plants, no path, nothing reported.</summary>
    internal async Task ResetAsync()
    {
        Portal.State = () => State();
        if (_hub is not { IsRunning: true })
        {
            await StartHubAsync();
        }

        await ConvergeAsync(State());
        Portal.TakeDrift();
    }

    internal Task StartHubAsync(params (string Name, string Value)[] settings) => StartHubAsync(null, settings);

    /// <param name="path">Where the hub finds programs; null: where the test does.</param>
    internal async Task StartHubAsync(string? path, params (string Name, string Value)[] settings)
    {
        if (_hub is not null)
        {
            await _hub.DisposeAsync();
        }

        var connected = Portal.NextConnection();
        _hub = HubProcess.Start(Hub.Name, Log, [.. Settings(), .. settings], path);
        try
        {
            Assert.Null((await connected).Error);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The hub did not connect. Its log ends with:\n{string.Join('\n', (await File.ReadAllLinesAsync(Log)).TakeLast(20))}");
        }
    }

    internal IEnumerable<(string Name, string Value)> Settings() =>
    [
        ("PortalUrl", Portal.Url.ToString()), ("PortalCertificatePin", Portal.Pin), ("DataFolder", Path.Combine(Folder, "hub")), ("Endpoint", $"{Wan}.2:{HubPort}"),
        ("Interface", Interface), ("ListenPort", $"{HubPort}"), ("GatewayInterface", "gw"), ("EnrollmentCode", "hub-code"), ("CheckSeconds", "1"),
    ];

    internal async Task ConvergeAsync(HubState state) => Done(await Portal.OrderAsync(HubEvent.State, state.Command, state));

    internal async Task<HubAck> OpenAsync(PathConfig path) => Done(await Portal.OrderAsync(HubEvent.OpenPath, path.Command, path));

    internal async Task<HubAck> CloseAsync(PathConfig path)
    {
        var command = Guid.NewGuid();
        return Done(await Portal.OrderAsync(HubEvent.ClosePath, command, new PathClosure(command, path.PathId)));
    }

    /// <summary>What the kernel has open, with the seconds until it ends it.</summary>
    internal async Task<Dictionary<string, int?>> OpenPathsAsync()
    {
        var listing = JsonNode.Parse(await Hub.RunAsync("nft -j list set inet sallyport paths"))!["nftables"]!.AsArray();
        return (listing.Select(item => item!["set"]).OfType<JsonObject>().Single()["elem"]?.AsArray() ?? []).ToDictionary(
            entry => string.Join(" . ", (entry!["elem"]?["val"] ?? entry)["concat"]!.AsArray()),
            entry => entry!["elem"]?["expires"]?.GetValue<int>());
    }

    internal static string Element(PathConfig path) => $"{path.Gateway} . {path.Address} . {path.Port}";

    /// <summary>Lines of the hub's connection table that have to do with an address or prefix.</summary>
    internal async Task<string> ConnectionsAsync(string to) =>
        string.Join('\n', (await Hub.RunAsync($"conntrack -L -d {to}")).Split('\n').Where(line => line.Contains("src=", StringComparison.Ordinal)));

    internal Task<string> PeersAsync() => Hub.RunAsync($"sh -c 'wg show {Interface} allowed-ips | sort'");

    internal static HubAck Done(HubAck ack)
    {
        Assert.Null(ack.Error);
        return ack;
    }

    internal Task<string> PlantAsync(string what, int number) =>
        Shell.RunAsync($"{RepositoryRoot.Folder}/tests/plant/{what}", ("PREFIX", Prefix), ("WAN", Wan), ("NUMBER", $"{number}"), ("DATA", Path.Combine(Folder, "plant")), ("HOSTS", "plc"));

    /// <summary>The configuration that a portal gives a plant's edge.</summary>
    internal string Configuration(Plant plant) =>
        $"plant=Plant {plant.Number}\naddress={plant.Tunnel}\nhub_key={Portal.HubPublicKey}\nhub_endpoint={Wan}.2:{HubPort}\nhub_address={HubAddress}\nvirtual={plant.Virtual}\nlan={plant.Lan}\nmtu=1280\n";

    /// <summary>Takes the edge's key as the plant's, makes it a peer, and answers as a portal does.</summary>
    internal async Task<(int Status, string Body)> AcceptAsync(Plant plant, string publicKey)
    {
        plant.PublicKey = publicKey;
        var peer = plant.Peer;
        Done(await Portal.OrderAsync(HubEvent.SetPeer, peer.Command, peer));
        return (200, Configuration(plant));
    }

    internal string Edge(Plant plant) => $"{Folder}/edge{plant.Number}";

    /// <summary>Runs deploy/site/enroll at the plant's edge.</summary>
    /// <param name="code">What comes by standard input, in the shell's words.</param>
    internal Task<(int Code, string Output)> EnrollAsync(Plant plant, string arguments, string path = "$PATH", string code = "") =>
        Shell.TryAsync($"printf %s {(code.Length == 0 ? "''" : code)} | ip netns exec {plant.Edge.Name} env PATH=\"{path}\" SALLYPORT_DIR={Edge(plant)} SALLYPORT_IFACE={plant.Interface} SALLYPORT_NO_UNIT=1 sh {RepositoryRoot.Folder}/deploy/site/enroll {arguments}");

    /// <summary>Runs it as a person does who copies the command from the portal's page.</summary>
    internal Task<(int Code, string Output)> EnrollAsync(Plant plant) => EnrollAsync(plant, Arguments(plant), code: Code(plant));

    internal static string Code(Plant plant) => $"code-{plant.Number}";

    internal string Arguments(Plant plant) => $"{Portal.Url.ToString().TrimEnd('/')} sha256//{Portal.Pin}";

    private static async Task DownAsync()
    {
        await Shell.TryAsync($$"""
            for namespace in $(ip netns list | awk '{print $1}' | grep -E '^{{Prefix}}-[a-z]+[0-9]*$'); do
              # Its interface gone, wireguard-go ends by itself and takes its socket with it.
              for link in $(ip -n "$namespace" -br link | awk '{print $1}' | grep -E '^{{Prefix}}(e[0-9])?wg$'); do ip -n "$namespace" link del "$link"; done
              for _ in $(seq 50); do ip netns pids "$namespace" | grep -q . || break; sleep 0.05; done
              ip netns pids "$namespace" | xargs -r kill -9
              ip netns del "$namespace"
            done
            ip link del {{Prefix}}-wan
            """);
        await Eventually.HoldsAsync("the links are gone", async () => !(await Shell.RunAsync("ip -br link")).Contains(Prefix, StringComparison.Ordinal));
    }
}

[CollectionDefinition(Name)]
public sealed class PlantsCollection : ICollectionFixture<Plants>
{
    public const string Name = "plants";
}
