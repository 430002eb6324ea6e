using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Access;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Pages;

namespace Sallyport.Components.Tests.Pages;

public sealed class MyPlantsPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public void Page_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        Assert.True(Render<MyPlantsPage>().Says("Loading…"));
    }

    [Theory]
    [InlineData(Role.Admin, "Add a plant, enroll its edge, and add the devices you want to reach.", 1)]
    [InlineData(Role.Technician, "An admin of your organisation adds plants and assets.", 0)]
    public async Task Company_without_assets_is_told_who_adds_them(Role role, string next, int links)
    {
        await SignInStrangerAsync(role);

        var page = Render<MyPlantsPage>();

        page.Until("No assets yet");
        Assert.True(page.Says(next));
        Assert.Equal(links, page.Links("Plants").Count);
    }

    [Fact]
    public async Task Another_companys_plants_are_not_shown()
    {
        await SignInStrangerAsync(Role.Admin, Role.Technician);

        var page = Render<MyPlantsPage>();

        page.Until("No assets yet");
        Assert.False(page.Says("Test plant"));
    }

    [Fact]
    public async Task Technician_without_a_grant_can_ask_for_each_service_and_connect_to_none()
    {
        await SignInAsync(Role.Technician);

        var page = Render<MyPlantsPage>();

        page.Until("Test plant");
        Assert.Contains(page.Links("Request Terminal"), link => link.GetAttribute("href") == $"/request/{World.Terminal.Id}");
        Assert.Empty(page.Buttons("Connect"));
        Assert.False(page.Says("You may work on"));
    }

    [Theory]
    [InlineData(Role.Admin)]
    [InlineData(Role.Operator)]
    [InlineData(Role.Compliance)]
    public async Task Only_technicians_are_offered_to_ask_for_access(Role role)
    {
        await SignInAsync(role);

        var page = Render<MyPlantsPage>();

        page.Until("Test plant");
        Assert.DoesNotContain(page.FindAll("a"), link => link.Text().StartsWith("Request ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Technician_with_a_grant_can_connect_until_its_end_and_need_not_ask_again()
    {
        var user = await SignInAsync(Role.Technician);
        var grant = await World.GrantAsync(user.Actor, World.Terminal);

        var page = Render<MyPlantsPage>();

        page.Until("You may work on");
        var card = page.Part("article", "Test plant");
        Assert.True(card.HasButton("Connect"));
        Assert.Contains($"until {grant.EndsAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC", card.Text(), StringComparison.Ordinal);
        Assert.Contains("Look at the test panel", card.Text(), StringComparison.Ordinal);
        Assert.DoesNotContain(page.FindAll("a"), link => link.GetAttribute("href") == $"/request/{World.Terminal.Id}");
    }

    [Fact]
    public async Task Grant_that_has_not_begun_says_when_it_does_and_offers_nothing_yet()
    {
        var user = await SignInAsync(Role.Technician);
        var request = PlantWorld.Value(await World.Get<AccessRequests>().SubmitAsync(user.Actor, World.Terminal.Id, "Tomorrow's check", null, World.Time.GetUtcNow().AddHours(5), TimeSpan.FromHours(1), default));
        PlantWorld.Value(await World.Get<AccessRequests>().ApproveAsync(World.Admin, request.Id, "", null, default));

        var page = Render<MyPlantsPage>();

        page.Until("Tomorrow's check");
        Assert.Contains("Starts ", page.Part("article", "Tomorrow's check").Text(), StringComparison.Ordinal);
        Assert.False(page.Part("article", "Tomorrow's check").HasButton("Connect"));
    }

    [Fact]
    public async Task Technician_in_a_session_is_led_back_to_it()
    {
        var (technician, session) = await World.ActiveAsync();
        await SignInAsync(await ExistingAsync(technician));

        var page = Render<MyPlantsPage>();

        page.Until("session running");
        Assert.Equal($"/sessions/{session.Id}", page.Link("Return to the session").GetAttribute("href"));
        Assert.Empty(page.Buttons("Connect"));
    }

    [Fact]
    public async Task Locked_out_technician_reads_why_and_cannot_connect()
    {
        var user = await SignInAsync(Role.Technician);
        await World.GrantAsync(user.Actor, World.Terminal);
        await World.Get<Grants>().PlaceLockoutAsync(World.Operator, user.User.Id, World.Panel.Id, "Somebody is in the cell", default);

        var page = Render<MyPlantsPage>();

        page.Until("locked out");
        Assert.True(page.Says("keeps you out until an admin lifts it. “Somebody is in the cell”"));
        Assert.Empty(page.Buttons("Connect"));
    }

    [Fact]
    public async Task Own_request_can_be_withdrawn_while_it_waits()
    {
        var user = await SignInAsync(Role.Technician);
        await AskAsync(user);
        var page = Render<MyPlantsPage>();
        page.Until("waits for an admin");

        await page.PressAsync("Withdraw");

        Assert.False(page.Says("Your requests"));
        Assert.Null(page.Alert());
    }

    [Fact]
    public async Task Request_that_was_decided_meanwhile_cannot_be_withdrawn_and_the_page_says_so()
    {
        var user = await SignInAsync(Role.Technician);
        var request = await AskAsync(user);
        var page = Render<MyPlantsPage>();
        page.Until("waits for an admin");
        Assert.Null(await World.Get<AccessRequests>().DenyAsync(World.Admin, request.Id, "Not today", default));

        await page.PressAsync("Withdraw");

        Assert.Equal("This request was decided or withdrawn before.", page.Alert());
        Assert.Contains("denied “Not today”", page.Part("tr", "Replace the pump").Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_finds_by_name_whatever_the_case_and_says_when_nothing_is_found()
    {
        await SignInAsync(Role.Technician);
        var (asset, _) = await World.NewAssetAsync();
        var page = Render<MyPlantsPage>();
        page.Until(asset.Name);

        await page.TypeAsync("Find a plant or asset", asset.Name.ToUpperInvariant());
        Assert.Equal([asset.Name], page.FindAll("td:first-child > a").Select(link => link.Text()));

        await page.TypeAsync("Find a plant or asset", "no such thing");
        Assert.True(page.Says("Nothing found"));
    }

    private async Task<AccessRequest> AskAsync(TestUser user) =>
        PlantWorld.Value(await World.Get<AccessRequests>().SubmitAsync(user.Actor, World.Terminal.Id, "Replace the pump", null, World.Time.GetUtcNow(), TimeSpan.FromHours(1), default));
}
