using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>A path that is open is the gateway's, not its machine's: everybody else would use it unrecorded.</summary>
[Collection(DemoCollection.Name)]
public sealed class PathOwnerTests(Demo demo) : BrowserTests(demo)
{
    [Theory]
    [InlineData("nobody")]
    [InlineData("sallyport")]
    [InlineData("root")]
    public async Task During_a_session_no_other_user_of_the_gateways_machine_reaches_the_asset(string user)
    {
        var technician = await OpenAsync($"The path is not for {user}");
        Assert.StartsWith("SSH-2.0", await Steps.BannerAsync(Demo.EdgeAddress), StringComparison.Ordinal);

        Assert.Null(await Steps.BannerAsync(Demo.EdgeAddress, user));
        Assert.Equal("", await Demo.ShellAsync($"{Steps.As(user)} timeout 2 bash -c 'echo > /dev/udp/{Demo.EdgeAddress}/22 && echo sent' || true"));
        Assert.Equal("", await Demo.ShellAsync($"timeout 2 ping -c 1 {Demo.EdgeAddress} > /dev/null && echo answered || true"));

        await Steps.TypeAsync(technician, "echo still-here-$((1+1))", "still-here-2");
        await Steps.EndAsync(technician);
    }

    [Fact]
    public async Task A_neighbour_that_this_machine_routes_for_reaches_nothing()
    {
        var technician = await OpenAsync("The path is not for neighbours");
        const string neighbour = "ip netns exec spe2e-next";
        await Demo.ShellAsync(
            """
            set -e
            ip netns add spe2e-next
            ip link add spe2e-next type veth peer name plug netns spe2e-next
            ip addr add 10.99.0.1/30 dev spe2e-next
            ip link set spe2e-next up
            ip -n spe2e-next link set lo up
            ip -n spe2e-next addr add 10.99.0.2/30 dev plug
            ip -n spe2e-next link set plug up
            ip -n spe2e-next route add default via 10.99.0.1
            sysctl -n net.ipv4.ip_forward > /tmp/spe2e-forward
            sysctl -qw net.ipv4.ip_forward=1
            nft 'add table ip spe2enext; add chain ip spe2enext hide { type nat hook postrouting priority srcnat; }; add rule ip spe2enext hide ip saddr 10.99.0.2 masquerade'
            """);
        try
        {
            // Hidden behind this machine's address, it looks like the gateway to the hub.
            Assert.Equal("", await Demo.ShellAsync($"{neighbour} timeout 2 bash -c 'exec 3<>/dev/tcp/{Demo.EdgeAddress}/22 && head -n 1 <&3' || true"));
            Assert.StartsWith("SSH-2.0", await Steps.BannerAsync(Demo.EdgeAddress), StringComparison.Ordinal);
        }
        finally
        {
            await Demo.ShellAsync("sysctl -qw net.ipv4.ip_forward=$(cat /tmp/spe2e-forward); nft delete table ip spe2enext; ip netns del spe2e-next");
        }

        await Steps.EndAsync(technician);
    }

    [Fact]
    public async Task A_gateway_whose_machine_lost_these_rules_says_so_at_the_next_session()
    {
        const string warning = "Other processes of this machine can use the paths";
        var log = Path.Combine(demo.Data, "log/gateway.log");
        await Steps.EndAsync(await OpenAsync("With the rules"));
        Assert.DoesNotContain(warning, await File.ReadAllTextAsync(log), StringComparison.Ordinal);

        await Demo.ShellAsync($"nft list table inet {Demo.Prefix}_paths > /tmp/spe2e-paths && nft delete table inet {Demo.Prefix}_paths");
        try
        {
            var technician = await OpenAsync("Without the rules");
            await Eventually.HoldsAsync("the gateway says it", async () => (await File.ReadAllTextAsync(log)).Contains(warning, StringComparison.Ordinal));
            await Steps.EndAsync(technician);
        }
        finally
        {
            await Demo.ShellAsync("nft -f /tmp/spe2e-paths");
        }
    }

    private async Task<IPage> OpenAsync(string purpose)
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        await Steps.ConnectAsync(technician, admin, "Edge box", purpose);
        await Steps.OpenAsync(technician);
        await admin.Context.CloseAsync();
        return technician;
    }
}
