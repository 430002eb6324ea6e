using Microsoft.EntityFrameworkCore;
using Sallyport.Components.Tests.Support;
using Sallyport.Contracts;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Sessions;

namespace Sallyport.Components.Tests.Sessions;

/// <summary>The pages that fill a screen: a session for its user and for who watches. What moves on them is script, tested in a browser.</summary>
public sealed class SessionPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public async Task User_of_a_terminal_is_told_that_it_is_recorded_and_has_its_tools_and_keys()
    {
        var (technician, session) = await World.ReadyAsync();
        await SignInAsync(await ExistingAsync(technician));

        var page = Render<SessionPage>(p => p.Add(s => s.Id, session.Id));

        page.Until("Opening the session…");
        Assert.Equal("Panel Test plant · Terminal", page.Find("h1").Text());
        Assert.Equal("Everything on this screen is recorded", page.Find(".recorded").GetAttribute("title"));
        Assert.True(page.Says("Purpose: Look at the test panel"));
        Assert.All(["Copy", "Paste", "Reset the screen"], tool => Assert.False(page.Button(tool).HasAttribute("hidden")));
        Assert.Equal(["Esc", "Tab", "Ctrl", "←", "↑", "↓", "→", "^C"], page.FindAll("[role=toolbar] button").Select(key => key.Text()));
        Assert.Equal("/", page.Link("My plants").GetAttribute("href"));
    }

    [Fact]
    public async Task Page_of_a_session_has_neither_address_nor_credential_of_its_asset()
    {
        var (technician, session) = await World.ReadyAsync();
        await SignInAsync(await ExistingAsync(technician));

        var page = Render<SessionPage>(p => p.Add(s => s.Id, session.Id));

        page.Until("Opening the session…");
        Assert.DoesNotContain(World.Panel.Address.ToString(), page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("not a real secret", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_persons_session_is_not_found()
    {
        var (_, session) = await World.ReadyAsync();
        await SignInAsync(Role.Technician, Role.Admin);
        var notFound = false;
        Navigation.OnNotFound += (_, _) => notFound = true;

        var page = Render<SessionPage>(p => p.Add(s => s.Id, session.Id));

        page.WaitForState(() => notFound);
        Assert.Empty(page.FindAll("#session"));
    }

    [Fact]
    public async Task Watcher_reads_whom_they_watch_and_can_neither_type_nor_end()
    {
        var (technician, session) = await World.ActiveAsync();
        await SignInAsync(Role.Compliance);

        var page = Render<WatchPage>(p => p.Add(s => s.Id, session.Id));

        page.Until($"Watching {technician.Name}");
        Assert.Equal("true", page.Find("#session").GetAttribute("data-watching"));
        Assert.True(page.Button("Paste").HasAttribute("hidden"));
        Assert.True(page.Button("Cancel").HasAttribute("hidden"));
        Assert.True(page.Find("[role=toolbar]").HasAttribute("hidden"));
        Assert.Equal("/now", page.Link("Active sessions").GetAttribute("href"));
    }

    [Fact]
    public async Task Web_session_cannot_be_watched()
    {
        var web = PlantWorld.Value(await World.Get<ServiceChanges>().AddAsync(World.Admin, World.Panel.Id, new ServiceSpec(ServiceKind.Web, $"Web {Guid.NewGuid():N}"[..12], 80, "", "", false, 30, Web: new WebSettings()), default));
        var (_, session) = await World.ReadyAsync(World.Terminal);
        await using (var db = World.Get<Portal.Data.PortalDbFactory>().ForSystem())
        {
            // No gateway here serves web HMIs, so the session is made one.
            await db.Database.ExecuteSqlAsync($"update sessions set service_id = {web.Id} where id = {session.Id}");
        }

        await SignInAsync(Role.Admin);
        var notFound = false;
        Navigation.OnNotFound += (_, _) => notFound = true;

        Render<WatchPage>(p => p.Add(s => s.Id, session.Id)).WaitForState(() => notFound);
    }

    [Fact]
    public async Task Another_companys_session_is_not_found()
    {
        var (_, session) = await World.ActiveAsync();
        await SignInStrangerAsync(Role.Admin);
        var notFound = false;
        Navigation.OnNotFound += (_, _) => notFound = true;

        Render<WatchPage>(p => p.Add(s => s.Id, session.Id)).WaitForState(() => notFound);
    }

    [Fact]
    public async Task Screen_has_its_own_tools_and_says_when_its_picture_is_old()
    {
        var (technician, session) = await World.ReadyAsync(await ScreenAsync(ScreenControl.AskAdmin));
        await SignInAsync(await ExistingAsync(technician));

        var page = Render<SessionPage>(p => p.Add(s => s.Id, session.Id));

        page.Until("Opening the session…");
        Assert.All(["Keys", "Screenshot", "Numbers"], name => Assert.True(page.Says(name) || page.FindAll($"[aria-label={name}]").Count == 1));
        Assert.Equal("The picture is old: what you do now does not reach the panel.", page.Find("#stale[role=alert]").Text());
        Assert.Empty(page.FindAll("#terminal"));
        Assert.Equal(["Automatic", "Full colour", "Low data"], page.FindAll("input[name=colours]").Select(choice => choice.ParentElement!.Text().Split(" fewer")[0].Split(" however")[0].Split(" always")[0]));
    }

    [Fact]
    public async Task Wish_for_control_is_answered_by_whom_the_service_names_and_by_nobody_else()
    {
        var (_, session) = await AskingAsync();
        await SignInAsync(Role.Admin);
        var listing = (await World.Get<SessionQueries>().RunningAsync(World.Admin, own: false, default)).Single(s => s.Session.Id == session.Id);

        var named = Render<ControlButtons>(p => p.Add(c => c.Listing, listing).Add(c => c.For, ScreenControl.AskAdmin));
        var other = Render<ControlButtons>(p => p.Add(c => c.Listing, listing).Add(c => c.For, ScreenControl.AskPlant));

        Assert.True(named.Says("asks for control"));
        Assert.True(other.Says("asks for control"));
        Assert.Empty(other.FindAll("button"));
        await named.PressAsync("Give control");
        Assert.Null(named.Alert());
        Assert.NotNull((await World.SessionAsync(session.Id)).ControlGivenById);
    }

    [Fact]
    public async Task Control_that_was_given_can_be_taken_back()
    {
        var (_, session) = await AskingAsync();
        Assert.Null(await World.Get<ScreenControls>().AnswerAsync(World.Admin, session.Id, true, default));
        await SignInAsync(Role.Admin);
        var listing = (await World.Get<SessionQueries>().RunningAsync(World.Admin, own: false, default)).Single(s => s.Session.Id == session.Id);

        var buttons = Render<ControlButtons>(p => p.Add(c => c.Listing, listing).Add(c => c.For, ScreenControl.AskAdmin));

        Assert.True(buttons.Says("has control"));
        await buttons.PressAsync("Revoke control");
        Assert.Null((await World.SessionAsync(session.Id)).ControlGivenById);
    }

    [Fact]
    public async Task Connecting_leads_to_the_session()
    {
        var user = await SignInAsync(Role.Technician);
        await World.GrantAsync(user.Actor, World.Terminal);
        var refused = new List<string>();
        var button = Render<ConnectButton>(p => p.Add(c => c.ServiceId, World.Terminal.Id).Add(c => c.OnRefused, (string why) => refused.Add(why)));

        await button.PressAsync("Connect");

        Assert.StartsWith("/sessions/", WentTo, StringComparison.Ordinal);
        Assert.True(button.Button("Connecting…").IsDisabled());
        Assert.Empty(refused);
    }

    [Fact]
    public async Task Who_has_no_grant_is_told_so_and_can_try_again()
    {
        await SignInAsync(Role.Technician);
        var refused = new List<string>();
        var button = Render<ConnectButton>(p => p.Add(c => c.ServiceId, World.Terminal.Id).Add(c => c.OnRefused, (string why) => refused.Add(why)));

        await button.PressAsync("Connect");

        Assert.Equal(["You have no grant for this service right now. Ask for access first."], refused);
        Assert.False(button.Button("Connect").IsDisabled());
        Assert.Null(WentTo);
    }

    private async Task<Service> ScreenAsync(ScreenControl control) => PlantWorld.Value(await World.Get<ServiceChanges>().AddAsync(
        World.Admin, World.Panel.Id, new ServiceSpec(ServiceKind.Vnc, $"Screen {Guid.NewGuid():N}"[..14], 5900, "", "control", false, 0, new ScreenSettings { Control = control }), default));

    private async Task<(Actor Technician, Session Session)> AskingAsync()
    {
        var (technician, session) = await World.ActiveAsync(await ScreenAsync(ScreenControl.AskAdmin));
        await using var db = World.Get<Portal.Data.PortalDbFactory>().ForSystem();
        await db.Database.ExecuteSqlAsync($"update sessions set control_wanted_at = now() where id = {session.Id}");
        return (technician, session);
    }
}
