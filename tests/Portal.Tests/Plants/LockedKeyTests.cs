using Sallyport.Contracts;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Tests.Plants;

public sealed class LockedKeyTests
{
    private const string Passphrase = "open sesame 4711";

    [Theory]
    [InlineData("-t ed25519")]
    [InlineData("-t rsa -b 2048")]
    [InlineData("-t rsa -b 2048 -m PEM")]
    [InlineData("-t ecdsa -m PKCS8")]
    public async Task A_key_that_a_passphrase_locks_is_told_from_one_that_is_open(string kind)
    {
        var (locked, open) = (await GenerateAsync(kind, Passphrase), await GenerateAsync(kind, ""));

        Assert.Contains("locked by a passphrase", ServiceRules.Fault(Spec(locked, null)), StringComparison.Ordinal);
        Assert.Contains("needs no passphrase", ServiceRules.Fault(Spec(open, Passphrase)), StringComparison.Ordinal);
        Assert.Null(ServiceRules.Fault(Spec(locked, Passphrase)));
        Assert.Null(ServiceRules.Fault(Spec(open, null)));
        Assert.Null(ServiceRules.Fault(Spec(open, "")));
    }

    [Theory]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nno base64\n-----END OPENSSH PRIVATE KEY-----")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA/////w==\n-----END OPENSSH PRIVATE KEY-----")]
    [InlineData("-----END OPENSSH PRIVATE KEY----------BEGIN OPENSSH PRIVATE KEY-----")]
    public void What_is_no_key_is_not_locked(string text) => Assert.False(LockedKey.IsLocked(text));

    [Fact]
    public void A_passphrase_comes_with_its_key_and_is_of_one_line()
    {
        Assert.Contains("Give the key, too", ServiceRules.Fault(Spec("", Passphrase)), StringComparison.Ordinal);
        Assert.Contains("cannot be typed", ServiceRules.Fault(Spec("-----BEGIN ENCRYPTED PRIVATE KEY-----", "two\0parts")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_sealed_is_read_again_also_from_before_keys_could_be_locked()
    {
        Assert.Equal(new LockedKey("key\n", null), LockedKey.Read("key\n"));
        Assert.Equal(new LockedKey("key\n", Passphrase), LockedKey.Read(new LockedKey("key\n", Passphrase).Text));
        Assert.DoesNotContain("open", new LockedKey("key\n", Passphrase).ToString(), StringComparison.Ordinal);
    }

    private static ServiceSpec Spec(string key, string? passphrase) => new(ServiceKind.Ssh, "Terminal", 22, "root", key, true, 0, Passphrase: passphrase);

    private static async Task<string> GenerateAsync(string kind, string passphrase)
    {
        var folder = Directory.CreateTempSubdirectory("sallyport-key");
        try
        {
            await Children.RunAsync("ssh-keygen", ["-q", .. kind.Split(' '), "-N", passphrase, "-f", $"{folder.FullName}/key"]);
            return await File.ReadAllTextAsync($"{folder.FullName}/key");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
