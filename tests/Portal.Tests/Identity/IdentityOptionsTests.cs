using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Tests.Identity;

/// <summary>What is configured wrongly stops the portal's start, with a sentence that says what to change.</summary>
public sealed class IdentityOptionsTests
{
    public static TheoryData<string, string[]> Wrong { get; } = new()
    {
        { "SignIn:Authority must be https", ["SignIn:Authority=http://login.example", "SignIn:ClientId=x"] },
        { "SignIn:Authority must be https", ["SignIn:Authority=ftp://127.0.0.1", "SignIn:ClientId=x"] },
        { "SignIn:ClientId is needed", ["SignIn:Authority=https://login.example"] },
        { "SignIn:Scopes must contain openid", ["SignIn:Scopes=profile"] },
        { "Proxies:Trusted holds “proxy.example”", ["Proxies:Trusted:0=10.0.0.7", "Proxies:Trusted:1=proxy.example"] },
        { "Proxies:Trusted holds “0.0.0.0/0”", ["Proxies:Trusted:0=0.0.0.0/0"] },
        { "SessionLimit", ["SignIn:SessionLimit=30.00:00:00"] },
        { "FailuresPerSource", ["PasswordThrottle:FailuresPerSource=0"] },
        { "MaxDelay", ["PasswordThrottle:MaxDelay=2.00:00:00"] },
        { "PasswordThrottle: FirstDelay, MaxSharedDelay", ["PasswordThrottle:FirstDelay=00:10:00"] },
        { "OpenIdProvider:Clients:0:Id must be given", ["OpenIdProvider:Clients:0:RedirectUris:0=https://app.example/in"] },
        { "OpenIdProvider:Clients:0:Id must be given", ["OpenIdProvider:Clients:0:Id=sallyport-portal", "OpenIdProvider:Clients:0:RedirectUris:0=https://app.example/in"] },
        { "OpenIdProvider:Clients:0:Secret must have", ["OpenIdProvider:Clients:0:Id=app", "OpenIdProvider:Clients:0:Secret=", "OpenIdProvider:Clients:0:RedirectUris:0=https://app.example/in"] },
        { "OpenIdProvider:Clients:0 must have at least one", ["OpenIdProvider:Clients:0:Id=app"] },
        { "OpenIdProvider:Clients:0 must have at least one", ["OpenIdProvider:Clients:0:Id=app", "OpenIdProvider:Clients:0:RedirectUris:0=http://app.example/in"] },
        { "OpenIdProvider:Clients:0 must have at least one", ["OpenIdProvider:Clients:0:Id=app", "OpenIdProvider:Clients:0:RedirectUris:0=https://*.example/in"] },
        { "OpenIdProvider:Clients:0:BackChannelLogoutUri must", ["OpenIdProvider:Clients:0:Id=app", "OpenIdProvider:Clients:0:RedirectUris:0=https://app.example/in", "OpenIdProvider:Clients:0:BackChannelLogoutUri=http://app.example/out"] },
        { "OpenIdProvider:Clients:1:Id must be given", ["OpenIdProvider:Clients:0:Id=app", "OpenIdProvider:Clients:0:RedirectUris:0=https://app.example/in", "OpenIdProvider:Clients:1:Id=app", "OpenIdProvider:Clients:1:RedirectUris:0=https://app.example/in"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task The_portal_does_not_start_and_says_why(string message, string[] settings)
    {
        // It does not get as far as the database or the recordings.
        var folder = Directory.CreateTempSubdirectory("sallyport-options");
        string[] needed = ["applicationName=Sallyport.Portal", "Portal:PublicUrl=http://127.0.0.1", "Portal:Database=Host=/nowhere", $"Portal:KeyFolder={folder.FullName}", "Portal:RecordingStore=/nowhere"];
        try
        {
            await using var portal = PortalHost.Build([.. needed.Concat(settings).Select(setting => $"--{setting}")], builder => builder.Logging.ClearProviders());
            var error = await Assert.ThrowsAsync<OptionsValidationException>(() => portal.StartAsync());
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
