using System.Text;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>Assets that speak only old algorithms: off by itself, on for one service alone, and what is needed is said.</summary>
public sealed class LegacyAlgorithmTests
{
    private const string Secret = "secret-7";

    private static readonly string[] OldestOnly = ["diffie-hellman-group1-sha1", "ssh-rsa", "3des-cbc", "hmac-sha1"];

    private static readonly object Oldest = new { kex = new[] { "diffie-hellman-group1-sha1" }, serverHostKey = new[] { "ssh-rsa" }, cipher = new[] { "3des-cbc" }, hmac = new[] { "hmac-sha1" } };

    public static TheoryData<string> All => [.. LegacyAlgorithm.All.Select(algorithm => algorithm.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task An_algorithm_that_is_allowed_is_spoken_and_named_and_without_that_it_is_not(string name)
    {
        await using var asset = await StartAsync(OnlyHas(name));

        await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(asset, [.. LegacyAlgorithm.All.Select(a => a.Name).Where(other => other != name)]));
        using var shell = await OpenAsync(asset, [name]);

        Assert.Equal([name], shell.Algorithms.Where(LegacyAlgorithm.IsLegacy));
        Assert.Contains("ready", await ReadAsync(shell), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_asset_that_can_do_better_is_not_spoken_with_worse()
    {
        await using var asset = await SshPeer.StartAsync(new { hostKey = "rsa" });

        using var shell = await OpenAsync(asset, [.. LegacyAlgorithm.All.Select(algorithm => algorithm.Name)]);

        Assert.DoesNotContain(shell.Algorithms, LegacyAlgorithm.IsLegacy);
        Assert.InRange(shell.Algorithms.Count, 3, 6);
    }

    [Theory]
    [InlineData("ssh-dss")]
    [InlineData("hmac-md5")]
    [InlineData("aes128-ctr")]
    public async Task A_name_that_is_no_legacy_algorithm_allows_nothing(string name)
    {
        await using var asset = await SshPeer.StartAsync(new { });

        using var shell = await OpenAsync(asset, [name]);

        Assert.DoesNotContain(shell.Algorithms, LegacyAlgorithm.IsLegacy);
    }

    [Fact]
    public async Task A_private_key_signs_by_SHA_1_only_where_that_is_allowed()
    {
        var server = new SshServer { KeyType = "rsa", Settings = "PubkeyAcceptedAlgorithms ssh-rsa\nPasswordAuthentication no\nKbdInteractiveAuthentication no" };
        await server.InitializeAsync();
        try
        {
            var key = new AssetCredential("root", null, server.PrivateKey);
            await Assert.ThrowsAsync<AssetFailureException>(() => SshShell.OpenAsync(new SshDestination("127.0.0.1", server.Port, server.HostKey), key, 80, 24, null, CancellationToken.None));

            using var shell = await SshShell.OpenAsync(new SshDestination("127.0.0.1", server.Port, server.HostKey, ["ssh-rsa"]), key, 80, 24, null, CancellationToken.None);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_scan_names_all_that_an_old_asset_needs_and_reads_its_key_once_that_is_allowed()
    {
        await using var asset = await StartAsync(Oldest);

        var refused = await HostKeyScanner.ScanAsync(new SshDestination("127.0.0.1", asset.Port, null), CancellationToken.None);
        var read = await HostKeyScanner.ScanAsync(new SshDestination("127.0.0.1", asset.Port, null, refused.LegacyNeeded), CancellationToken.None);

        Assert.Equal(OldestOnly, refused.LegacyNeeded);
        Assert.All(OldestOnly, name => Assert.Contains(name, refused.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("switched on?", refused.Error, StringComparison.Ordinal);
        Assert.Equal((asset.HostKey, null), (read.HostKey, read.Error));
    }

    [Fact]
    public async Task The_scan_of_an_old_sshd_names_the_better_of_two()
    {
        var server = new SshServer { Settings = "KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1" };
        await server.InitializeAsync();
        try
        {
            var result = await HostKeyScanner.ScanAsync(new SshDestination("127.0.0.1", server.Port, null), CancellationToken.None);

            Assert.Contains("offers only old algorithms: diffie-hellman-group1-sha1 and diffie-hellman-group14-sha1 for key exchange", result.Error, StringComparison.Ordinal);
            Assert.Equal(["diffie-hellman-group14-sha1"], result.LegacyNeeded);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_cannot_be_spoken_at_all_is_named()
    {
        await using var asset = await StartAsync(new { kex = new[] { "diffie-hellman-group1-sha1" }, cipher = new[] { "aes128-ctr" }, hmac = new[] { "hmac-md5", "hmac-ripemd160" } });

        var result = await HostKeyScanner.ScanAsync(new SshDestination("127.0.0.1", asset.Port, null), CancellationToken.None);

        Assert.Null(result.LegacyNeeded);
        Assert.Contains("the gateway does not speak hmac-md5 or hmac-ripemd160 at all", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_connects_reads_what_an_admin_could_allow()
    {
        await using var asset = await StartAsync(Oldest);

        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(asset, null));

        Assert.Contains("an admin can allow diffie-hellman-group1-sha1 for this service", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_recording_says_what_a_session_is_encrypted_with_and_what_of_it_is_weak()
    {
        await using var asset = await StartAsync(OnlyHas("aes128-cbc"));
        IReadOnlyList<string> markers;
        await using (var terminal = await RunningTerminal.StartAsync(asset, new AssetCredential("root", Secret, null), legacy: ["aes128-cbc"]))
        {
            terminal.Session.End(SessionEndReason.User, "Enough.");
            markers = await terminal.MarkersAsync();
        }

        var marker = Assert.Single(markers, m => m.StartsWith("Encrypted with", StringComparison.Ordinal));
        Assert.EndsWith("; weak: aes128-cbc", marker, StringComparison.Ordinal);
    }

    // Everything else of it is new, so that the one stands alone; a MAC counts only where the cipher has none of its own.
    private static object OnlyHas(string name) => LegacyAlgorithm.All.Single(algorithm => algorithm.Name == name).Purpose switch
    {
        SshPurpose.KeyExchange => new { kex = new[] { name } },
        SshPurpose.HostKey => new { serverHostKey = new[] { name } },
        SshPurpose.Encryption => new { cipher = new[] { name } },
        _ => new { cipher = new[] { "aes128-ctr" }, hmac = new[] { name } },
    };

    private static Task<SshPeer> StartAsync(object algorithms) => SshPeer.StartAsync(new { hostKey = "rsa", algorithms });

    private static Task<SshShell> OpenAsync(SshPeer asset, IReadOnlyList<string>? legacy) =>
        SshShell.OpenAsync(new SshDestination("127.0.0.1", asset.Port, asset.HostKey, legacy), new AssetCredential("root", Secret, null), 80, 24, null, CancellationToken.None);

    private static async Task<string> ReadAsync(SshShell shell)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var read = await shell.Output.ReadAtLeastAsync("ready".Length, timeout.Token);
        return Encoding.UTF8.GetString(read.Buffer);
    }
}
