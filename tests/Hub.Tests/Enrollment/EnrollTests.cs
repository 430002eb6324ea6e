using System.Globalization;
using System.Net;
using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests.Enrollment;

/// <summary>deploy/site/enroll at a plant's edge, as a person runs it.</summary>
[Collection(PlantsCollection.Name)]
public sealed class EnrollTests(Plants plants) : IAsyncLifetime
{
    private readonly Plant _plant = new(3);
    private string _before = "";

    public async Task InitializeAsync()
    {
        await plants.ResetAsync();
        await plants.PlantAsync("up", _plant.Number);
        plants.Portal.FromEdges.Clear();
        plants.Portal.OnEnroll = (_, publicKey) => plants.AcceptAsync(_plant, publicKey);
        _before = await SnapshotAsync();
    }

    public Task DisposeAsync() => plants.EnrollAsync(_plant, "--remove");

    [Fact]
    public async Task An_enrolled_edge_is_connected_and_its_private_key_stays_there_for_root_alone()
    {
        var (code, output) = await EnrollAsync();

        Assert.True(code == 0, output);
        Assert.Contains("Connected.", output, StringComparison.Ordinal);
        Assert.Equal("600 700", (await Shell.RunAsync($"stat -c %a {plants.Edge(_plant)}/private.key {plants.Edge(_plant)}")).Replace('\n', ' '));
        var key = (await File.ReadAllTextAsync($"{plants.Edge(_plant)}/private.key")).Trim();
        var sent = Assert.Single(plants.Portal.FromEdges);
        Assert.EndsWith($"code=code-3&public_key={Uri.EscapeDataString(_plant.PublicKey!)}", sent, StringComparison.Ordinal);
        var bytes = Convert.FromBase64String(key);
        foreach (var form in new[] { key, Uri.EscapeDataString(key), key.TrimEnd('='), key.Replace('+', '-').Replace('/', '_').TrimEnd('='), Convert.ToHexString(bytes) })
        {
            Assert.DoesNotContain(form, sent, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(form, output, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task After_a_broken_line_the_same_command_goes_on_with_the_same_key()
    {
        var keys = new List<string>();
        plants.Portal.OnEnroll = (_, publicKey) =>
        {
            // The code is spent, and the edge does not hear of it.
            keys.Add(publicKey);
            return keys.Count == 1 ? Task.FromResult((502, "the line broke")) : plants.AcceptAsync(_plant, publicKey);
        };

        var (first, said) = await EnrollAsync();
        Assert.NotEqual(0, first);
        Assert.Contains("Run the command again: the code is still good", said, StringComparison.Ordinal);
        Assert.Equal(_before, await SnapshotAsync());

        Assert.Equal(0, (await EnrollAsync()).Code);
        Assert.Equal(keys[0], keys[1]);
    }

    [Fact]
    public async Task Enrolling_again_disturbs_no_session()
    {
        using var plc = await _plant.Plc.ListenAsync(102, "plc3");
        Assert.Equal(0, (await EnrollAsync()).Code);
        await plants.OpenAsync(Plants.PathTo(_plant, 102));
        using var flow = await plants.Gateway.ConnectAsync(_plant.PlcAddress, 102);

        Assert.Equal(0, (await EnrollAsync()).Code);

        Assert.True(await flow.AnswersAsync());
    }

    [Fact]
    public async Task Enrolling_at_another_hub_leaves_only_that_one()
    {
        Assert.Equal(0, (await EnrollAsync()).Code);
        await _plant.Edge.RunAsync($"wg set {_plant.Interface} peer xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= allowed-ips 100.127.0.77/32");

        await _plant.Edge.RunAsync($"{plants.Edge(_plant)}/up");

        Assert.Equal(plants.Portal.HubPublicKey, await _plant.Edge.RunAsync($"wg show {_plant.Interface} peers"));
    }

    [Fact]
    public async Task A_refused_code_is_told_in_the_portals_words()
    {
        const string words = "This code is not valid: it is mistyped, older than 24 hours, or was used by another device. Make a new one in the portal.";
        plants.Portal.OnEnroll = (_, _) => Task.FromResult((403, words + "\u001b[2J"));

        var (code, output) = await EnrollAsync();

        Assert.NotEqual(0, code);
        Assert.Contains($"The portal rejected the code: {words}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
        Assert.Equal(_before, await SnapshotAsync());
    }

    [Theory]
    [InlineData("http://10.222.0.1:1")]
    [InlineData("http://10.222.0.1:1 sha256//YiG5AzErgNTtevPY6mY66/T2PdkRmNaA7Q0AfavJd74=")]
    [InlineData("10.222.0.1:1")]
    public async Task Plain_http_is_refused(string arguments)
    {
        var (code, output) = await plants.EnrollAsync(_plant, arguments);

        Assert.NotEqual(0, code);
        Assert.Contains("must begin with https://", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(plants.Edge(_plant)));
    }

    [Fact]
    public async Task The_code_is_in_no_arguments_that_other_users_of_the_device_can_read()
    {
        var seen = "";
        plants.Portal.OnEnroll = async (_, publicKey) =>
        {
            // While curl waits for the answer: the shell, curl, and whatever else there is.
            seen = await Shell.RunAsync("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '");
            return await plants.AcceptAsync(_plant, publicKey);
        };

        Assert.Equal(0, (await plants.EnrollAsync(_plant, plants.Arguments(_plant), code: "$(echo kept-secret-$((40 + 2)))")).Code);

        Assert.Contains("/enroll/plant", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("kept-secret-42", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_as_an_argument_is_refused()
    {
        var (code, output) = await plants.EnrollAsync(_plant, $"{plants.Portal.Url} code-3 sha256//{plants.Portal.Pin}");

        Assert.NotEqual(0, code);
        Assert.Contains("Usage: echo CODE | sh enroll", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256//YiG5AzErgNTtevPY6mY66/T2PdkRmNaA7Q0AfavJd74=")]
    public async Task A_portal_with_another_certificate_is_told_nothing(string pin)
    {
        var (code, output) = await plants.EnrollAsync(_plant, $"{plants.Portal.Url} {pin}", code: "code-3");

        Assert.NotEqual(0, code);
        Assert.Contains("Somebody else answered in the portal's place", output, StringComparison.Ordinal);
        Assert.Empty(plants.Portal.FromEdges);
        Assert.Equal(_before, await SnapshotAsync());
    }

    [Theory]
    [InlineData("curl nft wg", "missing: wg nft curl.")]
    [InlineData("wireguard-go", "missing: wireguard-go (this kernel has no WireGuard).")]
    [InlineData("ip", "missing: ip.")]
    public async Task What_is_missing_is_named_with_the_command_that_installs_it(string programs, string told)
    {
        if (programs == "wireguard-go" && (await Shell.TryAsync($"ip -n {_plant.Edge.Name} link add probe type wireguard && ip -n {_plant.Edge.Name} link del probe")).Code == 0)
        {
            return;
        }

        // A system without them: every other program that is here.
        var path = Path.Combine(plants.Folder, "without");
        await Shell.RunAsync($"rm -rf {path}; mkdir {path}; ln -s /usr/sbin/* /usr/bin/* {path}/ 2>/dev/null; cd {path} && rm -f {programs} && env -i PATH={path} sh -c '! command -v {programs.Split(' ')[0]}'");

        var (code, output) = await plants.EnrollAsync(_plant, plants.Arguments(_plant), path, Plants.Code(_plant));

        Assert.NotEqual(0, code);
        Assert.Contains(told, output, StringComparison.Ordinal);
        Assert.Contains("apt-get install", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(plants.Edge(_plant)));
    }

    [Fact]
    public async Task A_device_without_a_way_to_the_plants_network_is_told_so_and_stays_as_it_is()
    {
        plants.Portal.OnEnroll = (_, publicKey) => plants.AcceptAsync(_plant with { Lan = "172.20.7.0/24" }, publicKey);

        var (code, output) = await EnrollAsync();

        Assert.NotEqual(0, code);
        Assert.Contains("This device has no way to the plant's network 172.20.7.0/24.", output, StringComparison.Ordinal);
        Assert.Equal(_before, await SnapshotAsync());
    }

    [Fact]
    public async Task Removing_leaves_the_device_as_it_was()
    {
        Assert.Equal(0, (await EnrollAsync()).Code);
        Assert.NotEqual(_before, await SnapshotAsync());

        Assert.Equal(0, (await plants.EnrollAsync(_plant, "--remove")).Code);

        Assert.False(Directory.Exists(plants.Edge(_plant)));
        await Eventually.HoldsAsync("it is as it was", async () => await SnapshotAsync() == _before);
    }

    [Fact]
    public async Task An_edge_that_was_no_router_does_not_become_one_between_its_networks()
    {
        using var plc = await _plant.Plc.ListenAsync(102, "plc3");
        using var outside = await plants.Hub.ListenAsync(2222, "outside");
        var wan = $"{Plants.Wan}.{(9 + _plant.Number).ToString(CultureInfo.InvariantCulture)}";
        await _plant.Plc.RunAsync("ip route replace default via 192.168.10.1");
        await plants.Process.KillAsync();
        await plants.Hub.RunAsync("nft flush ruleset");
        await plants.Hub.RunAsync($"ip route replace 192.168.10.30/32 via {wan}");
        await plants.Hub.RunAsync("ip neigh flush dev wan");
        try
        {
            // As a router it would be one: that is what the rest of the test depends on.
            await _plant.Edge.RunAsync("sysctl -qw net.ipv4.ip_forward=1");
            Assert.True(await plants.Hub.ReachesAsync("192.168.10.30", 102, seconds: 20));
            Assert.True(await _plant.Plc.ReachesAsync($"{Plants.Wan}.2", 2222, seconds: 20));
            await _plant.Edge.RunAsync("sysctl -qw net.ipv4.ip_forward=0");
            await plants.StartHubAsync();

            Assert.Equal(0, (await EnrollAsync()).Code);

            await plants.OpenAsync(Plants.PathTo(_plant, 102));
            Assert.True(await plants.Gateway.ReachesAsync(_plant.PlcAddress, 102, seconds: 20));
            await plants.Process.KillAsync();
            await plants.Hub.RunAsync("nft flush ruleset");
            Assert.False(await plants.Hub.ReachesAsync("192.168.10.30", 102));
            Assert.False(await _plant.Plc.ReachesAsync($"{Plants.Wan}.2", 2222));
        }
        finally
        {
            await plants.Hub.RunAsync($"ip route del 192.168.10.30/32 via {wan}");
        }
    }

    private Task<(int Code, string Output)> EnrollAsync() => plants.EnrollAsync(_plant);

    private Task<string> SnapshotAsync() => EdgeSnapshot.TakeAsync(_plant);
}

/// <summary>Everything of an edge's network that enrolling could change.</summary>
internal static class EdgeSnapshot
{
    public static Task<string> TakeAsync(Plant plant) => plant.Edge.RunAsync(
        "sh -c 'ls /sys/class/net; ip -4 -o addr | tr -s \" \" | cut -d \" \" -f 2-4; ip -o route | sort; nft list ruleset; grep -H . /proc/sys/net/ipv4/conf/*/forwarding; ls /etc/systemd/system /etc/init.d'");
}
