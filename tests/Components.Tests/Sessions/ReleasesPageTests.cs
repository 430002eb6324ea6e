using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Access;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Sessions;

namespace Sallyport.Components.Tests.Sessions;

public sealed class ReleasesPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public void Page_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        Assert.True(Render<ReleasesPage>().Says("Loading…"));
    }

    [Fact]
    public async Task Operator_of_no_plant_reads_that_nobody_waits()
    {
        await World.ActiveAsync();
        await SignInAsync(Role.Operator);

        Render<ReleasesPage>().Until("No sessions in your plants");
    }

    [Fact]
    public async Task Session_is_not_released_before_the_area_is_said_to_be_clear()
    {
        var (technician, session) = await WaitingAsync();
        var page = Show(technician);
        Assert.Contains("waits for you", page.Part("article", technician.Name).Text(), StringComparison.Ordinal);
        Assert.True(page.Button("Release").IsDisabled());

        await page.EnterAsync("Area clear", true);
        Assert.False(page.Button("Release").IsDisabled());
        await page.PressAsync("Release");

        Assert.Null(page.Alert());
        Assert.Equal(SessionState.Ready, (await World.SessionAsync(session.Id)).State);
        Assert.Contains("in the plant", page.Part("article", technician.Name).Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Number_of_waiting_sessions_stands_in_the_tab_title()
    {
        var (technician, _) = await WaitingAsync();

        var page = Show(technician);

        Assert.Equal("(1) Releases · Sallyport", page.Find("page-title").GetAttribute("text"));
    }

    [Fact]
    public async Task Refused_session_ends_with_the_operators_reason()
    {
        var (technician, session) = await WaitingAsync();
        var page = Show(technician);

        await page.PressAsync("Refuse");
        Assert.True(page.Dialog().Text().Contains($"Refuse {technician.Name}?", StringComparison.Ordinal));
        await page.TypeAsync("Why?", "The cell is open");
        await page.InvokeAsync(() => page.Dialog().Button("Refuse").ClickAsync(new()));

        Assert.True(page.Says("No sessions in your plants"));
        Assert.Equal("The plant did not release the session: The cell is open", (await World.SessionAsync(session.Id)).EndMessage);
    }

    [Fact]
    public async Task Session_that_was_answered_meanwhile_cannot_be_released_again()
    {
        var (technician, session) = await WaitingAsync();
        var page = Show(technician);
        await page.EnterAsync("Area clear", true);
        await World.Get<SessionTerminator>().EndAsync(session.Id, Contracts.SessionEndReason.User, "Given up", null, default);

        await page.PressAsync("Release");

        Assert.Equal("Somebody has answered this before, or the technician has given up.", page.Alert());
    }

    [Fact]
    public async Task Running_session_is_stopped_and_its_person_kept_out()
    {
        var (technician, session) = await WaitingAsync();
        var page = Show(technician);
        await page.EnterAsync("Area clear", true);
        await page.PressAsync("Release");

        await page.PressAsync("article", technician.Name, "Stop and lock out");
        await page.TypeAsync("Why?", "Somebody is in the cell");
        await page.InvokeAsync(() => page.Dialog().Button("Stop and lock out").ClickAsync(new()));

        Assert.Equal("The plant stopped the session: Somebody is in the cell", (await World.SessionAsync(session.Id)).EndMessage);
        Assert.NotEmpty(await World.Get<Grants>().OwnLockoutsAsync(technician, default));
    }

    private IRenderedComponent<ReleasesPage> Show(Actor technician)
    {
        var page = Render<ReleasesPage>();
        page.Until(technician.Name);
        return page;
    }

    /// <summary>A session that waits for its plant, of whom an operator is signed in.</summary>
    private async Task<(Actor Technician, Session Session)> WaitingAsync()
    {
        var user = await SignInAsync(Role.Operator);
        var plant = await World.NewPlantAsync();
        Assert.Null(await World.Get<PlantRegistry>().SetOperatorAsync(World.Admin, plant.Id, user.User.Id, true, default));
        Assert.Null(await World.Get<PlantRegistry>().SetReleaseRequiredAsync(World.Admin, plant.Id, true, default));
        var (_, service) = await World.NewAssetAsync(plant);
        var technician = await World.PersonAsync(Role.Technician);
        await World.GrantAsync(technician, service);
        return (technician, PlantWorld.Value(await World.Broker.ConnectAsync(technician, service.Id, default)));
    }
}
