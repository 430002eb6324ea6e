using Sallyport.Hub.Tests.Support;

namespace Sallyport.Hub.Tests;

/// <summary>The units in deploy/systemd, looked at by systemd itself.</summary>
public sealed class SystemdUnitTests
{
    private static readonly string Folder = $"{RepositoryRoot.Folder}/deploy/systemd";

    [Theory]
    [InlineData("sallyport-portal", "")]
    [InlineData("sallyport-gateway", "")]
    [InlineData("sallyport-hub", "CAP_NET_ADMIN CAP_NET_RAW")]
    public async Task A_program_has_the_rights_that_it_needs_and_no_more(string name, string capabilities)
    {
        var unit = (await File.ReadAllLinesAsync($"{Folder}/{name}.service")).Where(line => line.Contains('=') && !line.StartsWith('#')).Select(line => line.Split('=', 2)).ToLookup(p => p[0], p => p[1], StringComparer.Ordinal);

        Assert.Equal(capabilities, Assert.Single(unit["CapabilityBoundingSet"]));
        Assert.Equal(capabilities, Assert.Single(unit["AmbientCapabilities"]));
        Assert.Equal("yes", Assert.Single(unit["NoNewPrivileges"]));
        Assert.Equal("strict", Assert.Single(unit["ProtectSystem"]));
        Assert.NotEqual("root", Assert.Single(unit["User"]));
        Assert.Equal(name == "sallyport-hub" ? ["/run/netns/sallyport-hub"] : [], unit["NetworkNamespacePath"]);
    }

    [Theory]
    [InlineData("sallyport-portal")]
    [InlineData("sallyport-gateway")]
    [InlineData("sallyport-hub-network")]
    [InlineData("sallyport-hub")]
    public async Task Systemd_understands_every_line(string name)
    {
        // A machine without systemd runs none of them. The programs are not installed here.
        var (_, output) = await Shell.TryAsync($"command -v systemd-analyze > /dev/null || exit 0; cd {Folder} && systemd-analyze verify --man=no ./{name}.service");

        Assert.DoesNotContain(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => !line.EndsWith("is not executable: No such file or directory", StringComparison.Ordinal));
    }
}
