using Sallyport.Components.Tests.Support;
using Sallyport.Contracts;
using Sallyport.Portal.Access;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Layout;
using Sallyport.Portal.Pages;
using Sallyport.Portal.Plants;

namespace Sallyport.Components.Tests.Pages;

public sealed class RequestPageTests(SharedPlant shared) : PageTest(shared)
{
    [Theory]
    [InlineData(168, "at most 168 h", "8 h")]
    [InlineData(2.5, "at most 2.5 h", "2 h")]
    [InlineData(0.5, "at most 0.5 h", "30 min")]
    public async Task Form_says_the_longest_window_that_the_plant_allows_and_offers_none_that_is_longer(double hours, string most, string longest)
    {
        await SignInAsync(Role.Technician);
        var plant = await World.NewPlantAsync();
        PlantWorld.Value(await World.Get<PlantChanges>().SaveAsync(World.Admin, plant.Id, new PlantSpec(plant.Name, hours, 14), plant.Version, default));
        var (_, service) = await World.NewAssetAsync(plant);

        var page = Show(service.Id);

        page.Until(most);
        string[] lengths = ["30 min", "1 h", "2 h", "4 h", "8 h"];
        Assert.Equal(lengths[..(Array.IndexOf(lengths, longest) + 1)], lengths.Where(length => page.Buttons(length).Count == 1));
    }

    [Fact]
    public async Task Service_that_does_not_exist_leads_home()
    {
        await SignInAsync(Role.Technician);

        var page = Show(Guid.NewGuid());

        page.Until("This service does not exist");
        Assert.Single(page.Links("My plants"));
        Assert.Empty(page.FindAll("form"));
    }

    [Fact]
    public async Task Another_companys_service_does_not_exist()
    {
        await SignInStrangerAsync(Role.Technician);

        Show().Until("This service does not exist");
    }

    [Fact]
    public async Task Purpose_has_the_focus_and_is_needed()
    {
        await SignInAsync(Role.Technician);

        var page = Show();

        page.Until("What do you want to do?");
        var purpose = page.Field("What do you want to do?");
        Assert.All(["autofocus", "required"], attribute => Assert.True(purpose.HasAttribute(attribute)));
        Assert.False(page.Field("Work order").HasAttribute("required"));
    }

    [Fact]
    public async Task Who_asks_is_warned_of_a_key_that_nobody_has_pinned_and_can_ask_all_the_same()
    {
        await SignInAsync(Role.Technician);
        var asset = PlantWorld.Value(await World.Get<AssetChanges>().AddAsync(World.Admin, World.Plant.Id, new AssetSpec("Unpinned", World.FreeAddress(), "", null), default));
        var unpinned = PlantWorld.Value(await World.Get<ServiceChanges>().AddAsync(World.Admin, asset.Id, new ServiceSpec(ServiceKind.Ssh, "Terminal", 22, "root", "not a real secret", false, 30), default));

        var page = Show(unpinned.Id);

        page.Until("Nobody has pinned the host key of Unpinned yet.");
        Assert.True(page.Says("You can ask already, but not connect before that."));
        Assert.False(page.Button("Send the request").IsDisabled());
    }

    [Fact]
    public async Task Service_that_is_ready_warns_of_nothing()
    {
        await SignInAsync(Role.Technician);

        var page = Show();

        page.Until("Send the request");
        Assert.False(page.Says("not connect before that"));
    }

    [Fact]
    public async Task Chosen_length_is_pressed_for_who_hears_the_page()
    {
        await SignInAsync(Role.Technician);
        var page = Show();
        page.Until("For how long?");
        Assert.Equal("true", page.Button("1 h").GetAttribute("aria-pressed"));

        await page.PressAsync("2 h");

        Assert.Equal(("false", "true"), (page.Button("1 h").GetAttribute("aria-pressed"), page.Button("2 h").GetAttribute("aria-pressed")));
    }

    [Fact]
    public async Task Another_length_is_entered_in_minutes()
    {
        var user = await SignInAsync(Role.Technician);
        var page = Show();
        page.Until("For how long?");

        await page.PressAsync("Other");
        await page.EnterAsync("Minutes", "45");
        await page.EnterAsync("What do you want to do?", "Replace the pump");
        await page.SubmitAsync();

        page.Until("Every admin of your organisation sees this request now.");
        var request = Assert.Single(await World.Get<AccessRequests>().ListAsync(user.Actor, own: true, default)).Request;
        Assert.Equal(TimeSpan.FromMinutes(45), request.EndsAt - request.StartsAt);
    }

    [Fact]
    public async Task Later_start_is_the_instant_that_was_entered()
    {
        var user = await SignInAsync(Role.Technician);
        var page = Show();
        page.Until("When?");
        Assert.Empty(page.FindAll("instant-input"));
        var start = new DateTimeOffset(DateTime.UtcNow.Date.AddDays(1), TimeSpan.Zero).AddHours(9);

        await page.EnterAsync("Later", true);
        await page.TriggerAsync("instant-input", "oninstantchange", new InstantChangeEventArgs { At = start });
        await page.EnterAsync("What do you want to do?", "Replace the pump");
        await page.SubmitAsync();

        Assert.Equal(start, Assert.Single(await World.Get<AccessRequests>().ListAsync(user.Actor, own: true, default)).Request.StartsAt);
    }

    [Fact]
    public async Task Purpose_that_says_too_little_is_refused_and_what_was_entered_stays()
    {
        await SignInAsync(Role.Technician);
        var page = Show();
        page.Until("What do you want to do?");

        await page.EnterAsync("Work order", "WO-1");
        await page.EnterAsync("What do you want to do?", "fix");
        await page.SubmitAsync();

        Assert.StartsWith("Say what you want to do", page.Alert(), StringComparison.Ordinal);
        Assert.Equal("WO-1", page.Field("Work order").GetAttribute("value"));
        Assert.False(page.Button("Send the request").IsDisabled());
    }

    [Fact]
    public async Task Request_that_was_sent_waits_on_the_same_page_until_it_is_approved()
    {
        await SignInAsync(Role.Technician);
        var page = await SendAsync();
        var request = (await World.Get<AccessRequests>().ListAsync(World.Admin, own: false, default)).Single(r => r.Request.Purpose == "Replace the pump of press 4").Request;
        PlantWorld.Value(await World.Get<AccessRequests>().ApproveAsync(World.Admin, request.Id, "Mind the guard", null, default));

        Advance(page, "Approved");
        Assert.True(page.Says("The approver wrote: “Mind the guard”"));
        Assert.Single(page.Buttons("Connect"));
    }

    [Fact]
    public async Task Denied_request_says_why_and_can_be_made_anew()
    {
        await SignInAsync(Role.Technician);
        var page = await SendAsync();
        var request = (await World.Get<AccessRequests>().ListAsync(World.Admin, own: false, default)).Single(r => r.Request.Purpose == "Replace the pump of press 4").Request;
        Assert.Null(await World.Get<AccessRequests>().DenyAsync(World.Admin, request.Id, "The line runs", default));

        Advance(page, "denied");
        Assert.True(page.Says("“The line runs”"));
        await page.PressAsync("Ask again");
        Assert.Single(page.FindAll("form"));
    }

    [Fact]
    public async Task Locked_out_technician_reads_so_in_place_of_the_button()
    {
        var user = await SignInAsync(Role.Technician);
        await World.GrantAsync(user.Actor, World.Terminal);
        await World.Get<Grants>().PlaceLockoutAsync(World.Operator, user.User.Id, World.Panel.Id, "Somebody is in the cell", default);

        var page = Show();

        page.Until("keeps you out until an admin lifts it.");
        Assert.Empty(page.Buttons("Connect"));
    }

    private IRenderedComponent<RequestPage> Show(Guid? service = null) => Render<RequestPage>(p => p.Add(r => r.ServiceId, service ?? World.Terminal.Id));

    private async Task<IRenderedComponent<RequestPage>> SendAsync()
    {
        var page = Show((await World.NewAssetAsync()).Service.Id);
        page.Until("What do you want to do?");
        await page.EnterAsync("What do you want to do?", "Replace the pump of press 4");
        await page.SubmitAsync();
        page.Until("waits for an admin");
        return page;
    }

    private void Advance(IRenderedComponent<RequestPage> page, string until) => page.WaitForState(() =>
    {
        Time.Advance(TimeSpan.FromSeconds(5));
        return page.Says(until);
    });
}
