using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Plants;

/// <summary>A stored credential goes where it was given for and nowhere else, whoever changes the way.</summary>
[Collection(PostgresCollection.Name)]
public sealed class DestinationTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private static readonly WebSettings Form = new() { Tls = true, SignIn = WebSignIn.Form, Form = new WebFormRecipe("/login", "name", "password", "/login", false, null) };

    private static readonly ServiceSpec Web = new(ServiceKind.Web, "Web HMI", 443, "operator", "canary", false, 30, Web: Form);

    private ServiceChanges Services => world.Get<ServiceChanges>();

    public static TheoryData<string, ServiceSpec> Elsewhere => new()
    {
        { "port", Web with { Port = 8443 } },
        { "https off", Web with { Web = Form with { Tls = false } } },
        { "method", Web with { Web = Form with { SignIn = WebSignIn.Basic } } },
        { "header", Web with { Web = Form with { SignIn = WebSignIn.Header, HeaderName = "X-Key" } } },
        { "form path", Web with { Web = Form with { Form = Form.Form! with { Action = "/search" } } } },
        { "form page", Web with { Web = Form with { Form = Form.Form! with { Page = "/other" } } } },
        { "form field", Web with { Web = Form with { Form = Form.Form! with { PasswordField = "comment" } } } },
    };

    [Theory]
    [MemberData(nameof(Elsewhere))]
    public async Task Another_destination_asks_for_the_credential_again_and_keeps_nothing_of_the_old_one(string what, ServiceSpec spec)
    {
        var service = await AddAsync(Web);

        var refused = await Services.SaveAsync(world.Admin, service.Id, spec with { Secret = null }, service.Version, default);
        Assert.True(refused.Error?.Contains("Give the password again", StringComparison.Ordinal), $"{what}: {refused.Error}");
        Assert.Equal("canary", await world.SecretAsync(service));

        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, spec with { Secret = "another" }, service.Version, default));
        Assert.Equal("another", await world.SecretAsync(service));
    }

    [Fact]
    public async Task Https_off_drops_the_certificate_and_another_form_leaves_it()
    {
        var service = await AddAsync(Web);
        Assert.Null(await world.Get<AssetRegistry>().PinHostKeyAsync(world.Admin, service.Id, new HostKeyScanResult("AAAA", "CN=hmi", "SHA256:hmi", null), service.Version, default));

        service = PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Web with { Web = Form with { Form = Form.Form! with { Action = "/sign-in" } } }, service.Version, default));
        Assert.Equal("SHA256:hmi", (await world.StoredAsync(service)).HostKeyFingerprint);

        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Web with { Web = Form with { Tls = false } }, service.Version, default));
        Assert.Null((await world.StoredAsync(service)).HostKeyFingerprint);
    }

    [Fact]
    public async Task Another_address_of_the_asset_empties_every_service_and_nobody_connects_until_it_is_given_again()
    {
        var (asset, terminal) = await world.NewAssetAsync();
        var second = await world.ServiceAsync(asset, "Second", 2222);
        var screen = PlantWorld.Value(await Services.AddAsync(world.Admin, asset.Id, new ServiceSpec(ServiceKind.Vnc, "Screen", 5900, "", "control", false, 30, new ScreenSettings { ViewPassword = true }, ViewSecret: "view"), default));
        var open = PlantWorld.Value(await Services.AddAsync(world.Admin, asset.Id, new ServiceSpec(ServiceKind.Vnc, "Open screen", 5901, "", null, false, 30), default));

        PlantWorld.Value(await world.Get<AssetChanges>().SaveAsync(world.Admin, asset.Id, new AssetSpec(asset.Name, world.FreeAddress(), "", null), asset.Version, default));

        foreach (var service in new[] { terminal, second, screen })
        {
            Assert.True((await world.StoredAsync(service)).LacksCredential);
            Assert.Single(await world.AuditAsync(AuditAction.CredentialChanged, service.Id), entry => entry.Field("reason").Contains("former address", StringComparison.Ordinal));
        }

        Assert.False((await world.StoredAsync(open)).LacksCredential);
        var technician = await world.PersonAsync(Sallyport.Portal.Identity.Role.Technician);
        await world.GrantAsync(technician, screen);
        Assert.Contains("must be given again", (await world.Broker.ConnectAsync(technician, screen.Id, default)).Error, StringComparison.Ordinal);

        var stored = await world.StoredAsync(screen);
        var half = new ServiceSpec(ServiceKind.Vnc, "Screen", 5900, "", null, false, 30, stored.Screen, ViewSecret: "view");
        Assert.Contains("again", (await Services.SaveAsync(world.Admin, screen.Id, half, stored.Version, default)).Error, StringComparison.Ordinal);
        PlantWorld.Value(await Services.SaveAsync(world.Admin, screen.Id, half with { Secret = "newctrl" }, stored.Version, default));
        Assert.Equal("newctrl\0view", await world.SecretAsync(screen));
    }

    [Fact]
    public async Task Who_writes_another_address_into_the_database_gets_nothing_opened()
    {
        var (technician, session) = await world.ReadyAsync();
        await using var db = world.Get<PortalDbFactory>().ForSystem();
        await db.Services.Where(s => s.Id == world.Terminal.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.Port, 2022));
        try
        {
            var ticket = PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default));
            Assert.Null((await world.Gateway.RedeemAsync(ticket.Ticket)).Order);
            Assert.Equal("The stored credential cannot be opened. An admin must enter it again.", (await world.EndedAsync(session.Id)).EndMessage);
        }
        finally
        {
            await db.Services.Where(s => s.Id == world.Terminal.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.Port, 22));
        }
    }

    [Fact]
    public async Task What_was_sealed_before_the_upgrade_is_bound_once_and_refused_ever_after()
    {
        var (_, service) = await world.NewAssetAsync();
        var keys = world.Get<KeyFolder>();
        await Eventually.HoldsAsync("all credentials are bound", () => world.Get<CredentialSeal>().AllAreBound);

        // As at the first start after the upgrade.
        File.Delete(Path.Combine(world.Get<IOptions<PortalOptions>>().Value.KeyFolder, "credentials-bound-to-destinations"));
        var seal = new CredentialSeal(keys);
        var before = SealedBefore(keys, service.Id, "canary");
        await using (var db = world.Get<PortalDbFactory>().ForSystem())
        {
            await db.Services.Where(s => s.Id == service.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.SealedCredential, before));
        }

        Assert.Equal("canary", seal.Open(before, service.Id, "anywhere"));
        using var rebinding = new CredentialRebinding(world.Get<PortalDbFactory>(), seal, TimeProvider.System, NullLogger<CredentialRebinding>.Instance);
        await rebinding.RunAsync(default);

        Assert.True(CredentialSeal.IsBound((await world.StoredAsync(service)).SealedCredential));
        Assert.Equal("canary", await world.SecretAsync(service));
        Assert.Throws<CryptographicException>(() => seal.Open(before, service.Id, "anywhere"));
        Assert.Throws<CryptographicException>(() => new CredentialSeal(keys).Open(before, service.Id, "anywhere"));
    }

    // Version 1: bound to the id alone.
    private static byte[] SealedBefore(KeyFolder keys, Guid id, string secret)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(secret);
        var @sealed = new byte[29 + text.Length];
        @sealed[0] = 1;
        RandomNumberGenerator.Fill(@sealed.AsSpan(1, 12));
        using var aes = new AesGcm(keys.Symmetric("credentials"), 16);
        aes.Encrypt(@sealed.AsSpan(1, 12), text, @sealed.AsSpan(29), @sealed.AsSpan(13, 16), id.ToByteArray());
        return @sealed;
    }

    private async Task<Service> AddAsync(ServiceSpec spec) => PlantWorld.Value(await Services.AddAsync(world.Admin, (await world.NewAssetAsync()).Asset.Id, spec, default));
}
