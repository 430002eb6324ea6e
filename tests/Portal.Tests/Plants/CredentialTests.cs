using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Plants;

/// <summary>What becomes of a stored credential when an admin saves the service.</summary>
[Collection(PostgresCollection.Name)]
public sealed class CredentialTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private static readonly ServiceSpec Screen = new(ServiceKind.Vnc, "Screen", 5900, "", "control", false, 30, new ScreenSettings());
    private static readonly ScreenSettings Two = new() { ViewPassword = true };

    private ServiceChanges Services => world.Get<ServiceChanges>();

    [Fact]
    public async Task A_screen_whose_seal_cannot_be_opened_any_more_takes_new_passwords_and_keeps_what_has_no_secret()
    {
        var service = await AddAsync(Screen with { Screen = Two, ViewSecret = "view" });
        await using (var db = world.Get<PortalDbFactory>().ForSystem())
        {
            // As after another key folder.
            var foreign = world.Get<CredentialSeal>().Seal("control\0view", Guid.NewGuid(), "elsewhere");
            await db.Services.Where(s => s.Id == service.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.SealedCredential, foreign));
        }

        var kept = Screen with { Secret = null, Screen = Two, IdleMinutes = 5 };
        service = PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, kept, service.Version, default));
        Assert.Contains("both passwords again", (await Services.SaveAsync(world.Admin, service.Id, kept with { Secret = "new" }, service.Version, default)).Error, StringComparison.Ordinal);
        Assert.Contains("the password again", (await Services.SaveAsync(world.Admin, service.Id, kept with { Screen = new() }, service.Version, default)).Error, StringComparison.Ordinal);
        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, kept with { Secret = "new", ViewSecret = "look" }, service.Version, default));

        Assert.Equal("new\0look", await OpenAsync(service));
    }

    [Fact]
    public async Task A_view_password_that_is_not_wanted_any_more_is_gone_and_the_audit_log_says_so()
    {
        var service = await AddAsync(Screen with { Screen = Two, ViewSecret = "view" });

        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Screen with { Secret = null }, service.Version, default));

        Assert.Equal("control", await OpenAsync(service));
        Assert.Equal("The view password was taken away.", Assert.Single(await world.AuditAsync(AuditAction.CredentialChanged, service.Id)).Field("reason"));
    }

    [Fact]
    public async Task A_screens_password_can_be_taken_away()
    {
        var service = await AddAsync(Screen);

        service = PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Screen with { Secret = null, NoSecret = true }, service.Version, default));
        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, Screen with { Secret = null, NoSecret = true }, service.Version, default));

        Assert.Equal("", await OpenAsync(service));
        Assert.Equal("The password was taken away.", Assert.Single(await world.AuditAsync(AuditAction.CredentialChanged, service.Id)).Field("reason"));
        var (_, terminal) = await world.NewAssetAsync();
        Assert.NotNull((await Services.SaveAsync(world.Admin, terminal.Id, new ServiceSpec(ServiceKind.Ssh, "Terminal", 22, "root", null, false, 30, NoSecret: true), terminal.Version, default)).Error);
    }

    [Theory]
    [InlineData(WebSignIn.Basic)]
    [InlineData(WebSignIn.Form)]
    [InlineData(WebSignIn.Header)]
    public async Task A_web_service_that_signs_in_from_now_on_needs_a_password_and_one_that_does_not_keeps_none(WebSignIn signIn)
    {
        var open = new ServiceSpec(ServiceKind.Web, "Web HMI", 80, "", null, false, 30, Web: new WebSettings());
        var closed = open with { Web = new WebSettings { SignIn = signIn, HeaderName = "X-Api-Key", Form = new WebFormRecipe("/login", "name", "password", null, false, null) } };
        var service = await AddAsync(open);

        Assert.Contains("Give the password", (await Services.SaveAsync(world.Admin, service.Id, closed, service.Version, default)).Error, StringComparison.Ordinal);
        service = PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, closed with { Secret = "hmi" }, service.Version, default));
        Assert.Equal("hmi", await OpenAsync(service));
        service = PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, closed, service.Version, default));
        Assert.Equal("hmi", await OpenAsync(service));
        PlantWorld.Value(await Services.SaveAsync(world.Admin, service.Id, open, service.Version, default));

        Assert.Equal("", await OpenAsync(service));
        Assert.Equal(2, (await world.AuditAsync(AuditAction.CredentialChanged, service.Id)).Count);
    }

    private async Task<Service> AddAsync(ServiceSpec spec) => PlantWorld.Value(await Services.AddAsync(world.Admin, (await world.NewAssetAsync()).Asset.Id, spec, default));

    private Task<string> OpenAsync(Service service) => world.SecretAsync(service);
}
