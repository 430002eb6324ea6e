using Sallyport.Components.Tests.Support;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Overlay;

namespace Sallyport.Components.Tests.Overlay;

public sealed class OverlayPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public void Page_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        Assert.True(Render<OverlayPage>().Says("Loading…"));
    }

    [Fact]
    public async Task Hubs_and_gateways_show_whether_their_link_is_up()
    {
        await SignInAsync(Role.Admin);

        var page = Render<OverlayPage>();

        page.Until("test Hub");
        Assert.Contains("connected", page.Part("tr", "test Hub").Text(), StringComparison.Ordinal);
        Assert.Contains("connected", page.Part("tr", "test Gateway").Text(), StringComparison.Ordinal);
        Assert.Contains("(UDP)", page.Part("tr", "test Hub").Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tunnels_of_the_own_plants_are_listed()
    {
        await SignInAsync(Role.Admin);

        var page = Render<OverlayPage>();

        page.Until("Test plant");
        Assert.Equal($"/plants/{World.Plant.Id}", page.Link("Test plant").GetAttribute("href"));
        Assert.Contains("online", page.Part("tr", "Test plant").Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admin_of_another_company_sees_the_components_and_may_change_none()
    {
        await SignInStrangerAsync(Role.Admin);

        var page = Render<OverlayPage>();

        page.Until("test Hub");
        Assert.Empty(page.FindAll("button"));
        Assert.False(page.Says("Test plant"));
    }

    [Fact]
    public async Task Removal_says_what_ends_with_it_before_it_is_done()
    {
        await World.ActiveAsync();
        await SignInAsync(Role.Admin);
        var page = Render<OverlayPage>();
        page.Until("test Gateway");

        await page.PressAsync("Remove test Gateway");

        Assert.Matches("run(s)? over it end(s)?\\.", page.Dialog().Text());
        Assert.Contains("It cannot be taken back", page.Dialog().Text(), StringComparison.Ordinal);
        await page.PressAsync("Cancel");
        Assert.True(page.Says("test Gateway"));
    }

    [Fact]
    public async Task New_key_gives_a_code_that_is_shown_once_and_a_removed_gateway_leaves_the_page()
    {
        var folder = Directory.CreateTempSubdirectory("sallyport-second-");
        using var client = new LinkClient(World.Portal.Url, null, folder.FullName, TimeProvider.System);
        var code = await World.Get<Enrollment>().NewCodeAsync(EnrollmentKind.Gateway, Guid.CreateVersion7(), "Second", default);
        await client.EnrollAsync(code, new GatewayInfo("http://second.test", "10.0.0.77"), null, default);
        await SignInAsync(Role.Admin);
        var page = Render<OverlayPage>();
        page.Until("Second");
        Assert.Contains("disconnected", page.Part("tr", "http://second.test").Text(), StringComparison.Ordinal);

        await page.PressAsync("New key for Second");
        await page.PressAsync("Refuse the old key");

        Assert.NotEqual("", page.Find("#component-code").Text());
        Assert.Contains("awaits a new key", page.Part("tr", "http://second.test").Text(), StringComparison.Ordinal);
        await page.PressAsync("Done");
        Assert.Empty(page.FindAll("#component-code"));

        await page.PressAsync("Remove Second");
        Assert.Contains("No session runs over it.", page.Dialog().Text(), StringComparison.Ordinal);
        await page.PressAsync("Remove the gateway");
        Assert.False(page.Says("http://second.test"));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Drift_is_shown_as_open_and_then_as_healed()
    {
        var text = $"A path nobody ordered {Guid.NewGuid():N}.";
        await SignInAsync(Role.Admin);
        await World.Hub.Client.PostAsync(HubRoutes.Health, new HubHealth([], [text]), default);

        var open = Render<OverlayPage>();
        open.Until(text);
        Assert.Contains("open", open.Part("#drift tr", text).Text(), StringComparison.Ordinal);

        await World.Hub.Client.PostAsync(HubRoutes.Health, new HubHealth([], []), default);
        var healed = Render<OverlayPage>();
        healed.Until(text);
        Assert.Contains("healed", healed.Part("#drift tr", text).Text(), StringComparison.Ordinal);
    }
}
