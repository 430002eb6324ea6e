using Sallyport.Components.Tests.Support;
using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Pages;
using Sallyport.Portal.Plants;

namespace Sallyport.Components.Tests.Pages;

public sealed class AssetPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public async Task Asset_that_does_not_exist_leads_home()
    {
        await SignInAsync(Role.Technician);

        var page = Show(Guid.NewGuid());

        page.Until("This asset does not exist");
        Assert.Single(page.Links("My plants"));
    }

    [Fact]
    public async Task Another_companys_asset_does_not_exist()
    {
        await SignInStrangerAsync(Role.Admin);

        Show().Until("This asset does not exist");
    }

    [Fact]
    public async Task Technician_is_not_told_the_address_and_is_offered_no_management()
    {
        await SignInAsync(Role.Technician);

        var page = Show();

        page.Until("Connections");
        Assert.DoesNotContain(World.Panel.Address.ToString(), page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.Links("Manage at the plant"));
        Assert.False(page.Says("Sessions"));
        Assert.Equal(2, page.Links("Request").Count);
    }

    [Fact]
    public async Task Admin_sees_the_address_manages_and_is_not_offered_to_ask()
    {
        await SignInAsync(Role.Admin);

        var page = Show();

        page.Until("Connections");
        Assert.True(page.Says($"Address {World.Panel.Address}"));
        Assert.Equal($"/plants/{World.Plant.Id}", page.Link("Manage at the plant").GetAttribute("href"));
        Assert.Empty(page.Links("Request"));
    }

    [Fact]
    public async Task Reviewer_reads_who_worked_on_it_and_why()
    {
        var (technician, _) = await World.ActiveAsync();
        await SignInAsync(Role.Compliance);

        var page = Show();

        page.Until("Sessions");
        Assert.Contains("Look at the test panel running", page.Part("tr", technician.Name).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Technician_with_a_grant_connects_there()
    {
        var user = await SignInAsync(Role.Technician);
        await World.GrantAsync(user.Actor, World.Terminal);

        var page = Show();

        page.WaitForState(() => page.Buttons("Connect").Count > 0);
        Assert.Single(page.Buttons("Connect"));
        Assert.Single(page.Links("Request"));
    }

    [Fact]
    public async Task Technician_in_a_session_is_led_back_to_it()
    {
        var (technician, session) = await World.ActiveAsync();
        await SignInAsync(await ExistingAsync(technician));

        var page = Show();

        page.Until("Return to the session");
        Assert.Equal($"/sessions/{session.Id}", page.Link("Return to the session").GetAttribute("href"));
        Assert.Empty(page.Buttons("Connect"));
    }

    [Fact]
    public async Task Locked_out_technician_reads_why_and_cannot_connect()
    {
        var user = await SignInAsync(Role.Technician);
        await World.GrantAsync(user.Actor, World.Terminal);
        await World.Get<Grants>().PlaceLockoutAsync(World.Operator, user.User.Id, World.Panel.Id, "Somebody is in the cell", default);

        var page = Show();

        page.Until("keeps you out until an admin lifts it. “Somebody is in the cell”");
        Assert.Empty(page.Buttons("Connect"));
    }

    [Fact]
    public async Task Asset_without_a_service_says_who_adds_one()
    {
        await SignInAsync(Role.Technician);
        var asset = PlantWorld.Value(await World.Get<AssetChanges>().AddAsync(World.Admin, World.Plant.Id, new AssetSpec($"Bare {Guid.NewGuid():N}"[..20], World.FreeAddress(), "spare, line 2", null), default));

        var page = Show(asset.Id);

        page.Until("No connections yet. An admin adds one on the plant's page.");
        Assert.True(page.Says("Tags spare, line 2"));
    }

    [Theory]
    [InlineData(ServiceKind.Ssh, "host key not pinned")]
    [InlineData(ServiceKind.Web, "certificate not pinned")]
    public async Task Service_whose_key_nobody_has_pinned_says_so(ServiceKind kind, string said)
    {
        await SignInAsync(Role.Technician);
        var asset = PlantWorld.Value(await World.Get<AssetChanges>().AddAsync(World.Admin, World.Plant.Id, new AssetSpec($"Unpinned {Guid.NewGuid():N}"[..20], World.FreeAddress(), "", null), default));
        PlantWorld.Value(await World.Get<ServiceChanges>().AddAsync(World.Admin, asset.Id, new ServiceSpec(kind, "Way", 443, kind == ServiceKind.Ssh ? "root" : "", kind == ServiceKind.Ssh ? "not a real secret" : "", false, 30, Web: kind == ServiceKind.Web ? new WebSettings { Tls = true } : null), default));

        Show(asset.Id).Until(said);
    }

    private IRenderedComponent<AssetPage> Show(Guid? asset = null) => Render<AssetPage>(p => p.Add(a => a.Id, asset ?? World.Panel.Id));
}
