using Sallyport.Components.Tests.Support;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Recordings;

namespace Sallyport.Components.Tests.Recordings;

public sealed class RecordingPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public void Library_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        Assert.True(Render<RecordingsPage>().Says("Loading…"));
    }

    [Fact]
    public async Task Library_without_recordings_says_what_makes_one()
    {
        await SignInStrangerAsync(Role.Compliance);

        Render<RecordingsPage>().Until("No recordings yet The first session makes the first recording.");
    }

    [Fact]
    public async Task Recording_is_listed_by_whose_it_is_and_why_with_who_approved()
    {
        var recorded = await RecordedSession.MakeAsync(World);
        await SignInAsync(Role.Compliance);

        var page = Render<RecordingsPage>();

        page.Until("Look at the test panel");
        var row = Assert.Single(page.FindAll("tbody tr"), row => row.QuerySelector("a")!.GetAttribute("href") == $"/recordings/{recorded.Session.Id}");
        Assert.Contains(World.Admin.Name, row.Text(), StringComparison.Ordinal);
        Assert.Contains("sealed", row.Text(), StringComparison.Ordinal);
        Assert.Equal("Replay", row.QuerySelector("a")!.Text());
    }

    [Fact]
    public async Task Search_finds_by_person_and_says_when_nothing_matches()
    {
        var recorded = await RecordedSession.MakeAsync(World);
        var name = (await ExistingAsync(new Actor(recorded.Session.UserId, "", recorded.Session.TenantId, new HashSet<Role>(), null))).User.Name;
        await SignInAsync(Role.Compliance);
        var page = Render<RecordingsPage>();
        page.Until(name);

        await page.TypeAsync("Find by person", name);
        page.WaitForState(() => page.FindAll("tbody tr").Count == 1);
        await page.TypeAsync("Find by person", "nobody of this name");

        page.Until("No recording matches. Try a shorter search.");
    }

    [Fact]
    public async Task Recording_that_the_gateway_lost_is_said_to_be_interrupted()
    {
        var recorded = await RecordedSession.MakeAsync(World, seal: false);
        await SignInAsync(Role.Compliance);

        var page = Render<PlayerPage>(p => p.Add(r => r.Id, recorded.Session.Id));

        page.Until("Recording interrupted");
    }

    [Fact]
    public async Task Player_shows_the_facts_and_can_be_used_by_keys()
    {
        var recorded = await RecordedSession.MakeAsync(World);
        await SignInAsync(Role.Compliance);

        var page = Render<PlayerPage>(p => p.Add(r => r.Id, recorded.Session.Id));

        page.Until("Facts");
        Assert.True(page.Says("What Terminal, Panel at Test plant"));
        Assert.True(page.Says($"Approved by {World.Admin.Name}"));
        Assert.True(page.Says("Released by not needed"));
        Assert.Equal(("0", "Player", "ssh"), (page.Find("#player").GetAttribute("tabindex"), page.Find("#player").GetAttribute("aria-label"), page.Find("#player").GetAttribute("data-kind")));
        Assert.Equal("Position", page.Find("input[type=range]").GetAttribute("aria-label"));
        Assert.Single(page.Links("Download asciicast"));
    }

    [Fact]
    public async Task Facts_name_what_it_was_encrypted_with_and_that_it_is_weak()
    {
        var recorded = await RecordedSession.MakeAsync(World);
        await World.Gateway.ReportAsync(GatewayRoutes.Connected, recorded.Session.Id, new SessionConnected(["curve25519-sha256", "aes128-cbc"]));
        await SignInAsync(Role.Compliance);

        var page = Render<PlayerPage>(p => p.Add(r => r.Id, recorded.Session.Id));

        page.Until("Encrypted with curve25519-sha256, aes128-cbc weak encryption");
    }

    [Fact]
    public async Task Replay_is_audited()
    {
        var recorded = await RecordedSession.MakeAsync(World);
        var user = await SignInAsync(Role.Compliance);

        Render<PlayerPage>(p => p.Add(r => r.Id, recorded.Session.Id)).Until("Facts");

        Assert.Equal(user.User.Name, Assert.Single(await World.AuditAsync(Portal.Audit.AuditAction.RecordingReplayed, recorded.Session.Id)).Field("actorName"));
    }

    [Fact]
    public async Task Recording_of_another_gateway_is_refused_and_nothing_of_it_shown()
    {
        var mine = await RecordedSession.MakeAsync(World);
        var other = await RecordedSession.MakeAsync(World);
        File.Copy(other.Path, mine.Path, overwrite: true);
        await SignInAsync(Role.Compliance);

        var page = Render<PlayerPage>(p => p.Add(r => r.Id, mine.Session.Id));

        page.Until("It is not shown here.");
        Assert.Contains("The audit log has an entry of it.", page.Alert(), StringComparison.Ordinal);
        Assert.Empty(page.FindAll("#player, #export"));
    }

    [Fact]
    public async Task Recording_whose_file_is_gone_still_shows_its_facts()
    {
        var recorded = await RecordedSession.MakeAsync(World);
        File.Delete(recorded.Path);
        await SignInAsync(Role.Compliance);

        Render<PlayerPage>(p => p.Add(r => r.Id, recorded.Session.Id)).Until("Facts");
    }

    [Fact]
    public async Task Another_companys_recording_is_not_found()
    {
        var recorded = await RecordedSession.MakeAsync(World);
        await SignInStrangerAsync(Role.Compliance);
        var notFound = false;
        Navigation.OnNotFound += (_, _) => notFound = true;

        var page = Render<PlayerPage>(p => p.Add(r => r.Id, recorded.Session.Id));

        page.WaitForState(() => notFound);
        Assert.Empty(page.FindAll("#player"));
    }
}
