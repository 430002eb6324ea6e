using System.Net;
using System.Net.Sockets;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>What a plant's edge that was taken over can reach through its tunnel: nothing.</summary>
[Collection(DemoCollection.Name)]
public sealed class IsolationTests(Demo demo) : BrowserTests(demo)
{
    private const string Gateway = "10.214.0.1";
    private const string Hub = "100.127.0.1";
    private static readonly string Edge = $"ip netns exec {Demo.Prefix}-edge1";

    [Fact]
    public async Task A_hostile_edge_reaches_neither_the_gateway_nor_a_port_of_the_hub_through_the_tunnel()
    {
        Assert.True(Directory.Exists(demo.Data));
        using var listener = new TcpListener(IPAddress.Parse(Gateway), 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await Demo.ShellAsync(
            $"ip netns exec {Demo.Prefix}-hub setsid -f perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => \"0.0.0.0\", LocalPort => 2222) or die; sleep 20' > /dev/null 2>&1 < /dev/null");
        await Eventually.HoldsAsync("something listens in the hub", async () => (await Demo.ShellAsync($"ip netns exec {Demo.Prefix}-hub ss -Hltn sport = :2222")).Length > 0);

        // The edge's owner gives itself every route and every permission that its own side can give.
        var peer = await Demo.ShellAsync($"{Edge} wg show sallyport0 peers");
        await Demo.ShellAsync($"{Edge} wg set sallyport0 peer {peer} allowed-ips 0.0.0.0/0");
        await Demo.ShellAsync($"{Edge} sh -c 'ip route replace 10.214.0.0/30 dev sallyport0; nft delete table ip sallyport_edge'");
        try
        {
            Assert.False(await ConnectsAsync(Gateway, port));
            Assert.False(await ConnectsAsync(Hub, 2222));
            Assert.False(listener.Pending());
        }
        finally
        {
            await Demo.ShellAsync($"{Edge} wg set sallyport0 peer {peer} allowed-ips {Hub}/32");
            await Demo.ShellAsync($"{Edge} ip route del 10.214.0.0/30; {Edge} {demo.Data}/plant/edge/up");
        }

        // It was not the plant's own line that was down: the tunnel answers to what it is for.
        await Demo.ShellAsync($"{Edge} ping -c 1 -W 3 {Hub}");
    }

    [Fact]
    public async Task The_edge_comes_back_after_a_reboot_by_its_boot_command_alone()
    {
        await Demo.ShellAsync($"{Edge} sh -c 'ip link del sallyport0; nft delete table ip sallyport_edge'");

        await Demo.ShellAsync($"{Edge} {demo.Data}/plant/edge/up");

        await Eventually.HoldsAsync("the tunnel is up", async () =>
            long.Parse((await Demo.ShellAsync($"{Edge} wg show sallyport0 latest-handshakes")).Split('\t')[1]) > 0);
    }

    [Fact]
    public async Task A_used_code_is_refused_to_another_key_with_a_message()
    {
        var answer = await Demo.ShellAsync($"{Edge} curl -sk -w '%{{http_code}}' --data-urlencode code=aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa --data-urlencode public_key=$(wg genkey | wg pubkey) https://198.51.100.1:18443/enroll/plant");

        Assert.Contains("This code is not valid", answer, StringComparison.Ordinal);
        Assert.EndsWith("403", answer, StringComparison.Ordinal);
    }

    private static async Task<bool> ConnectsAsync(string address, int port)
    {
        try
        {
            await Demo.ShellAsync($"{Edge} timeout 2 bash -c 'exec 3<>/dev/tcp/{address}/{port}'");
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
