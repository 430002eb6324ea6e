using System.Diagnostics;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>A real sshd that trusts an authority, and knows no key.</summary>
public sealed class CertificateTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-authority").FullName;
    private SshServer _server = null!;

    public async Task InitializeAsync()
    {
        await RunAsync("-q", "-t", "ed25519", "-N", "", "-f", $"{_folder}/authority");
        _server = new SshServer { Settings = $"TrustedUserCAKeys {_folder}/authority.pub" };
        await _server.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("ed25519", "")]
    [InlineData("rsa", "")]
    [InlineData("ecdsa", "")]
    [InlineData("ed25519", "open sesame 4711")]
    public async Task A_key_that_the_authority_vouches_for_is_let_in_and_without_that_it_is_not(string kind, string passphrase)
    {
        var credential = await CertifiedAsync(kind, "root", "+1h", passphrase);

        await RefusedAsync(credential with { Certificate = null });
        using var shell = await OpenAsync(credential);
    }

    [Theory]
    [InlineData("operator", "+1h")]
    [InlineData("root", "-2h:-1h")]
    public async Task A_certificate_for_another_account_or_time_is_refused(string principal, string validity) => await RefusedAsync(await CertifiedAsync("ed25519", principal, validity, ""));

    [Theory]
    [InlineData("")]
    [InlineData("ssh-ed25519-cert-v01@openssh.com")]
    [InlineData("ssh-ed25519-cert-v01@openssh.com AAAA")]
    public async Task A_certificate_that_cannot_be_read_is_said(string certificate)
    {
        var failure = await RefusedAsync(await CertifiedAsync("ed25519", "root", "+1h", "") with { Certificate = certificate });

        Assert.Contains("cannot be read", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_another_key_is_refused()
    {
        var (one, other) = (await CertifiedAsync("ed25519", "root", "+1h", ""), await CertifiedAsync("ed25519", "root", "+1h", ""));

        await RefusedAsync(one with { Certificate = other.Certificate });
    }

    private async Task<AssetCredential> CertifiedAsync(string kind, string principal, string validity, string passphrase)
    {
        var file = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        await RunAsync("-q", "-t", kind, "-N", passphrase, "-f", file);
        await RunAsync("-q", "-s", $"{_folder}/authority", "-I", "gateway", "-n", principal, "-V", validity, $"{file}.pub");
        return new AssetCredential("root", null, await File.ReadAllTextAsync(file), Passphrase: passphrase.Length > 0 ? passphrase : null, Certificate: await File.ReadAllTextAsync($"{file}-cert.pub"));
    }

    private Task<SshShell> OpenAsync(AssetCredential credential) => SshShell.OpenAsync(new SshDestination("127.0.0.1", _server.Port, _server.HostKey), credential, 80, 24, null, CancellationToken.None);

    private async Task<AssetFailureException> RefusedAsync(AssetCredential credential)
    {
        var failure = await Assert.ThrowsAsync<AssetFailureException>(() => OpenAsync(credential));
        Assert.Equal(SessionEndReason.CredentialRefused, failure.Reason);
        return failure;
    }

    private static async Task RunAsync(params string[] arguments)
    {
        using var process = Process.Start("ssh-keygen", arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
