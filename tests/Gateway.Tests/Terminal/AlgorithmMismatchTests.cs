using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>Assets that are too old for what the gateway accepts: whoever connects reads what is missing.</summary>
public sealed class AlgorithmMismatchTests
{
    public static TheoryData<string, string, string, string> Old => new()
    {
        { "kex", "diffie-hellman-group1-sha1", "offers only diffie-hellman-group1-sha1 for key exchange", "curve25519-sha256" },
        { "kex", "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1", "offers only diffie-hellman-group14-sha1 and diffie-hellman-group1-sha1 for key exchange", "diffie-hellman-group14-sha256" },
        { "serverHostKey", "ssh-rsa", "offers only ssh-rsa for its host key", "rsa-sha2-512" },
        { "cipher", "aes128-cbc,3des-cbc", "offers only aes128-cbc and 3des-cbc for encryption", "aes256-ctr" },
        { "hmac", "hmac-sha1,hmac-md5", "offers only hmac-sha1 and hmac-md5 for message authentication", "hmac-sha2-256" },
    };

    [Theory]
    [MemberData(nameof(Old))]
    public async Task The_message_names_what_the_asset_offers_and_what_the_gateway_accepts(string list, string names, string offered, string accepted)
    {
        // Only without authenticated encryption is a MAC agreed on at all.
        var algorithms = new Dictionary<string, string[]> { ["cipher"] = ["aes128-ctr"], [list] = names.Split(',') };
        await using var asset = await SshPeer.StartAsync(new { hostKey = list == "serverHostKey" ? "rsa" : "ed25519", algorithms });

        var failure = await Assert.ThrowsAsync<AssetFailureException>(() =>
            SshShell.OpenAsync(new SshDestination("127.0.0.1", asset.Port, asset.HostKey), new AssetCredential("root", "secret-7", null), 80, 24, null, CancellationToken.None));

        Assert.Contains(offered, failure.Message, StringComparison.Ordinal);
        Assert.Contains(accepted, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("switched on?", failure.Message, StringComparison.Ordinal);
    }
}
