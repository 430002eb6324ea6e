using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Access;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Sessions;

namespace Sallyport.Components.Tests.Sessions;

public sealed class ActiveSessionsPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public void Page_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        Assert.True(Render<ActiveSessionsPage>().Says("Loading…"));
    }

    [Fact]
    public async Task Company_in_which_nobody_works_reads_so()
    {
        await SignInStrangerAsync(Role.Compliance);

        var page = Render<ActiveSessionsPage>();

        page.Until("No active sessions");
        Assert.False(page.Says("Grants in force"));
        Assert.False(page.Says("Locked out by a plant"));
    }

    [Fact]
    public async Task Running_session_shows_who_is_where_and_why_and_can_be_watched_in_a_tab_of_its_own()
    {
        var (technician, session) = await World.ActiveAsync();
        await SignInAsync(Role.Admin);

        var page = Render<ActiveSessionsPage>();

        page.Until(technician.Name);
        var row = page.Part("tbody:has(a[href$=watch]) > tr", technician.Name);
        Assert.Contains("Panel Test plant · Terminal Look at the test panel running", row.Text(), StringComparison.Ordinal);
        var watch = row.QuerySelector("a")!;
        Assert.Equal(($"/sessions/{session.Id}/watch", "_blank", "noopener"), (watch.GetAttribute("href"), watch.GetAttribute("target"), watch.GetAttribute("rel")));
    }

    [Fact]
    public async Task Reviewer_may_look_and_end_nothing()
    {
        var (technician, _) = await World.ActiveAsync();
        await SignInAsync(Role.Compliance);

        var page = Render<ActiveSessionsPage>();

        page.Until(technician.Name);
        Assert.NotEmpty(page.Links("Watch"));
        Assert.All(["End", "Revoke", "Lift"], button => Assert.Empty(page.Buttons(button)));
    }

    [Fact]
    public async Task Own_session_is_not_offered_to_be_watched()
    {
        var admin = await World.PersonAsync(Role.Admin, Role.Technician);
        await World.GrantAsync(await World.PersonAsync(Role.Technician), World.Terminal);
        var request = PlantWorld.Value(await World.Get<AccessRequests>().SubmitAsync(admin, World.Terminal.Id, "Look at the test panel", null, World.Time.GetUtcNow(), TimeSpan.FromHours(1), default));
        PlantWorld.Value(await World.Get<AccessRequests>().ApproveAsync(World.Admin, request.Id, "", null, default));
        var session = PlantWorld.Value(await World.Broker.ConnectAsync(admin, World.Terminal.Id, default));
        await SignInAsync(await ExistingAsync(admin));

        var page = Render<ActiveSessionsPage>();

        page.Until("waits for the browser");
        Assert.DoesNotContain(page.FindAll("a"), link => link.GetAttribute("href") == $"/sessions/{session.Id}/watch");
    }

    [Fact]
    public async Task Admin_ends_a_session_with_a_reason_that_its_user_reads()
    {
        var (technician, session) = await World.ActiveAsync();
        await SignInAsync(Role.Admin);
        var page = Render<ActiveSessionsPage>();
        page.Until(technician.Name);

        await page.PressAsync("tr:has(a[href$=watch])", technician.Name, "End");
        Assert.Contains($"End {technician.Name}'s session on Panel?", page.Dialog().Text(), StringComparison.Ordinal);
        await page.TypeAsync("Why?", "The line must stop");
        await page.PressAsync("End the session");

        Assert.DoesNotContain(page.FindAll("tr:has(a[href$=watch])"), row => row.Text().Contains(technician.Name, StringComparison.Ordinal));
        Assert.Contains("The line must stop", (await World.SessionAsync(session.Id)).EndMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admin_revokes_a_grant_and_it_leaves_the_page()
    {
        var technician = await World.PersonAsync(Role.Technician);
        await World.GrantAsync(technician, World.Terminal);
        await SignInAsync(Role.Admin);
        var page = Render<ActiveSessionsPage>();
        page.Until("Grants in force");

        await page.PressAsync("tr", technician.Name, "Revoke");
        await page.TypeAsync("Why?", "Not needed any more");
        await page.PressAsync("Revoke the grant");

        Assert.False(page.Says(technician.Name));
        Assert.Null(page.Alert());
    }

    [Fact]
    public async Task Grant_that_was_revoked_meanwhile_is_said_to_be_over()
    {
        var technician = await World.PersonAsync(Role.Technician);
        var grant = await World.GrantAsync(technician, World.Terminal);
        await SignInAsync(Role.Admin);
        var page = Render<ActiveSessionsPage>();
        page.Until(technician.Name);
        Assert.Null(await World.Get<Grants>().RevokeAsync(World.Admin, grant.Id, "Earlier", default));

        await page.PressAsync("tr", technician.Name, "Revoke");
        await page.TypeAsync("Why?", "Later");
        await page.PressAsync("Revoke the grant");

        Assert.Equal("This grant is over already.", page.Alert());
    }

    [Fact]
    public async Task Lockout_is_lifted_by_an_admin_who_is_told_to_talk_to_the_plant_first()
    {
        var technician = await World.PersonAsync(Role.Technician);
        await World.Get<Grants>().PlaceLockoutAsync(World.Operator, technician.UserId, World.Panel.Id, "Somebody is in the cell", default);
        await SignInAsync(Role.Admin);
        var page = Render<ActiveSessionsPage>();
        page.Until("Locked out by a plant");
        Assert.Contains("Somebody is in the cell", page.Part("tr", technician.Name).Text(), StringComparison.Ordinal);

        await page.PressAsync("tr", technician.Name, "Lift");
        Assert.Contains("Talk to the plant first", page.Dialog().Text(), StringComparison.Ordinal);
        await page.PressAsync("Lift the lockout");

        Assert.False(page.Says(technician.Name));
    }
}
