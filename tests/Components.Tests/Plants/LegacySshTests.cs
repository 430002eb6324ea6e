using Sallyport.Components.Tests.Support;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Layout;
using Sallyport.Portal.Pages;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Sessions;

namespace Sallyport.Components.Tests.Plants;

public sealed class LegacySshTests(SharedPlant shared) : PageTest(shared)
{
    private static readonly string[] Needed = ["diffie-hellman-group1-sha1", "ssh-rsa"];

    [Fact]
    public async Task Reason_and_end_are_asked_for_once_an_algorithm_is_chosen()
    {
        var form = await FormAsync((await World.NewAssetAsync()).Service);
        Assert.Empty(form.Fields("Why they are needed"));

        await form.EnterAsync("aes128-cbc", true);
        await form.EnterAsync("Why they are needed", "No newer firmware.");
        await form.TriggerAsync("instant-input", "oninstantchange", new InstantChangeEventArgs { At = World.Time.GetUtcNow().AddDays(30) });
        await form.SubmitAsync();

        Assert.Null(form.Alert());
        Assert.Equal("Saved.", form.Find("[role=status]").Text());
        await form.EnterAsync("aes128-cbc", false);
        Assert.Empty(form.Fields("Why they are needed"));
    }

    [Fact]
    public async Task Choice_without_an_end_is_refused_and_stays_in_the_form()
    {
        var form = await FormAsync((await World.NewAssetAsync()).Service);

        await form.EnterAsync("3des-cbc", true);
        await form.EnterAsync("Why they are needed", "No newer firmware.");
        await form.SubmitAsync();

        Assert.Equal("Legacy algorithms are allowed until a time to come.", form.Alert());
        Assert.True(form.Field("3des-cbc").HasAttribute("checked"));
    }

    [Fact]
    public async Task Screen_and_web_hmi_have_none()
    {
        await SignInAsync(Role.Admin);
        var form = Render<ServiceForm>(p => p.Add(f => f.AssetId, World.Panel.Id));
        Assert.True(form.Says("Legacy algorithms"));

        await form.EnterAsync("Kind", "Vnc");

        Assert.False(form.Says("Legacy algorithms"));
    }

    [Fact]
    public async Task Scan_of_an_old_asset_says_what_it_needs_and_offers_to_choose_that()
    {
        var (asset, service) = await World.NewAssetAsync();
        var listing = Assert.Single(await World.Get<AssetRegistry>().ListAsync(World.Admin, World.Plant.Id, default), l => l.Asset.Id == asset.Id);
        await SignInAsync(Role.Admin);
        var panel = Render<AssetPanel>(p => p.Add(a => a.Listing, listing).Add(a => a.Usage, new Dictionary<Guid, Usage>()));

        var before = World.Gateway.Events.Count;
        var pressed = panel.PressAsync("Read the host key");
        await World.Gateway.AnswerScanAsync(before, new HostKeyScanResult(null, null, null, "The asset offers only old algorithms.", Needed));
        await pressed;

        Assert.Equal("The asset offers only old algorithms.", panel.Alert());
        Assert.Empty(panel.Buttons("Pin this key"));
        await panel.PressAsync("Choose these");
        var form = panel.FindComponents<ServiceForm>().First(f => f.Instance.Service?.Id == service.Id);
        Assert.All(Needed, name => Assert.True(form.Field(name).HasAttribute("checked")));
    }

    [Fact]
    public async Task Scan_asks_with_what_is_allowed()
    {
        var service = await AllowedAsync();
        await SignInAsync(Role.Admin);
        var panel = Render<HostKeyPanel>(p => p.Add(h => h.Service, service));

        var before = World.Gateway.Events.Count;
        var pressed = panel.PressAsync("Read the host key");
        var scan = await World.Gateway.AnswerScanAsync(before, new HostKeyScanResult(null, null, null, "Nothing."));
        await pressed;

        Assert.Equal(Needed, scan.LegacySsh);
    }

    [Fact]
    public async Task Asset_says_that_weak_encryption_is_allowed()
    {
        var service = await AllowedAsync();
        await SignInAsync(Role.Technician);

        var page = Render<AssetPage>(p => p.Add(a => a.Id, service.AssetId));

        page.Until("weak encryption allowed");
    }

    [Fact]
    public async Task Session_says_that_its_encryption_is_weak_and_which()
    {
        var (technician, session) = await World.ActiveAsync(await AllowedAsync());
        await World.Gateway.ReportAsync(GatewayRoutes.Connected, session.Id, new SessionConnected(["curve25519-sha256", "ssh-rsa"]));
        await SignInAsync(Role.Admin);

        var page = Render<ActiveSessionsPage>();

        page.Until(technician.Name);
        var row = page.Part("tbody:has(a[href$=watch]) > tr", technician.Name);
        Assert.Contains("weak encryption", row.Text(), StringComparison.Ordinal);
        Assert.Contains("ssh-rsa", row.QuerySelector("[title*=Weak]")!.GetAttribute("title"), StringComparison.Ordinal);
    }

    private async Task<Service> AllowedAsync()
    {
        var (_, service) = await World.NewAssetAsync();
        var legacy = new LegacySsh(Needed, "No newer firmware.", World.Time.GetUtcNow().AddDays(30));
        return PlantWorld.Value(await World.Get<ServiceChanges>().SaveAsync(World.Admin, service.Id, new ServiceSpec(ServiceKind.Ssh, service.Name, service.Port, service.UserName, null, false, 30, LegacySsh: legacy), service.Version, default));
    }

    private async Task<IRenderedComponent<ServiceForm>> FormAsync(Service service)
    {
        await SignInAsync(Role.Admin);
        return Render<ServiceForm>(p => p.Add(f => f.AssetId, service.AssetId).Add(f => f.Service, service));
    }
}
