using Sallyport.Contracts;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Tests.Plants;

/// <summary>Certificates as ssh-keygen makes them, and what is none.</summary>
public sealed class UserCertificateTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    [Theory]
    [InlineData("-t ed25519")]
    [InlineData("-t rsa -b 2048")]
    [InlineData("-t ecdsa -b 521")]
    public async Task Name_accounts_and_end_are_read(string kind)
    {
        var certificate = UserCertificate.Read(await MakeAsync(kind, "-n", "root,operator", "-V", "+1w"));

        Assert.Equal(("gateway 4711", 7), (certificate!.KeyId, (int)Math.Round((certificate.EndsAt!.Value - Now).TotalDays)));
        Assert.Equal(["root", "operator"], certificate.Principals);
        Assert.Null(certificate.Fault("root", Now));
        Assert.Contains("not for admin", certificate.Fault("admin", Now), StringComparison.Ordinal);
        Assert.Contains("ended at", certificate.Fault("root", Now.AddDays(8)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_without_end_or_accounts_is_for_ever_and_anybody()
    {
        var certificate = UserCertificate.Read(await MakeAsync("-t ed25519"));

        Assert.Equal((null, 0), (certificate!.EndsAt, certificate.Principals.Count));
        Assert.Null(certificate.Fault("anybody", Now.AddYears(50)));
    }

    [Fact]
    public async Task Two_that_the_authority_named_alike_are_told_apart_in_the_audit_log()
    {
        var (one, other) = (await MakeAsync("-t ed25519"), await MakeAsync("-t ed25519"));

        Assert.StartsWith("gateway 4711 (SHA256:", UserCertificate.Read(one)!.Name(one), StringComparison.Ordinal);
        Assert.NotEqual(UserCertificate.Read(one)!.Name(one), UserCertificate.Read(other)!.Name(other));
    }

    [Fact]
    public async Task One_for_hosts_is_none() => Assert.Null(UserCertificate.Read(await MakeAsync("-t ed25519", "-h", "-n", "panel")));

    [Fact]
    public async Task One_that_is_cut_off_anywhere_is_none()
    {
        var text = await MakeAsync("-t ed25519", "-n", "root");
        var (kind, body) = (text.Split(' ')[0], Convert.FromBase64String(text.Split(' ')[1]));

        // What comes after the times is for the asset to read.
        for (var length = 0; length < body.Length - 300; length++)
        {
            Assert.Null(UserCertificate.Read($"{kind} {Convert.ToBase64String(body.AsSpan(0, length))}"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA")]
    [InlineData("ssh-ed25519-cert-v01@openssh.com")]
    [InlineData("ssh-ed25519-cert-v01@openssh.com no-base64")]
    [InlineData("ssh-ed25519-cert-v01@openssh.com /////w==")]
    public void Other_text_is_none_and_the_form_says_what_is_wanted(string text)
    {
        Assert.Null(UserCertificate.Read(text));
        var spec = new ServiceSpec(ServiceKind.Ssh, "Terminal", 22, "root", null, true, 0, Certificate: text);
        Assert.Equal(text.Length > 0, ServiceRules.Fault(spec)?.Contains("-cert.pub", StringComparison.Ordinal) == true);
    }

    private static async Task<string> MakeAsync(string kind, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("sallyport-certificate");
        try
        {
            await RunAsync(["-q", .. kind.Split(' '), "-N", "", "-f", $"{folder.FullName}/key"]);
            await RunAsync(["-q", "-t", "ed25519", "-N", "", "-f", $"{folder.FullName}/authority"]);
            await RunAsync(["-q", "-s", $"{folder.FullName}/authority", "-I", "gateway 4711", .. options, $"{folder.FullName}/key.pub"]);
            return await File.ReadAllTextAsync($"{folder.FullName}/key-cert.pub");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(string[] arguments) => await Children.RunAsync("ssh-keygen", arguments);
}
