using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Access;
using Sallyport.Portal.Identity;

namespace Sallyport.Components.Tests.Access;

public sealed class ApprovalsPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public void Page_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        var page = Render<ApprovalsPage>();

        Assert.True(page.Says("Loading…"));
        Assert.Empty(page.FindAll("button"));
    }

    [Fact]
    public async Task Admin_without_requests_reads_that_nobody_waits()
    {
        await SignInStrangerAsync(Role.Admin);

        var page = Render<ApprovalsPage>();

        page.Until("Nobody is waiting");
        Assert.True(page.Says("New requests appear here by themselves."));
    }

    [Fact]
    public async Task Request_shows_who_wants_what_why_and_for_which_work_order()
    {
        var (user, request) = await AskAsync("Replace the feed pump", "WO-4711");
        await SignInAsync(Role.Admin);

        var page = Render<ApprovalsPage>();

        page.Until(user.Name);
        var card = page.Part("article", user.Name).Text();
        Assert.Contains("Wants Panel, Terminal at Test plant", card, StringComparison.Ordinal);
        Assert.Contains("Purpose Replace the feed pump", card, StringComparison.Ordinal);
        Assert.Contains("Work order WO-4711", card, StringComparison.Ordinal);
        Assert.Contains($"{request.StartsAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC", card, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approved_request_leaves_the_list_and_the_page_says_who_may_work()
    {
        var (user, _) = await AskAsync("Replace the feed pump");
        await SignInAsync(Role.Admin);
        var page = Render<ApprovalsPage>();
        page.Until(user.Name);

        await page.PressAsync("article", user.Name, "Approve");

        Assert.Equal($"{user.Name} may work on Panel.", page.Find("[role=status].message").Text());
        Assert.DoesNotContain(page.FindAll("article"), card => card.Text().Contains(user.Name, StringComparison.Ordinal));
        Assert.Single(await World.Get<Grants>().InForceAsync(user, own: true, default));
    }

    [Fact]
    public async Task Half_an_hour_is_offered_only_for_a_longer_window()
    {
        var (longer, _) = await AskAsync("Replace the feed pump", duration: TimeSpan.FromHours(1));
        var (shorter, _) = await AskAsync("Replace the feed pump", duration: TimeSpan.FromMinutes(30));
        await SignInAsync(Role.Admin);
        var page = Render<ApprovalsPage>();
        page.Until(longer.Name);

        Assert.True(page.Part("article", longer.Name).HasButton("Approve 30 min"));
        Assert.False(page.Part("article", shorter.Name).HasButton("Approve 30 min"));

        await page.PressAsync("article", longer.Name, "Approve 30 min");
        var grant = Assert.Single(await World.Get<Grants>().InForceAsync(longer, own: true, default));
        Assert.Equal(TimeSpan.FromMinutes(30), grant.Grant.EndsAt - grant.Grant.StartsAt);
    }

    [Fact]
    public async Task Denial_without_a_word_of_why_is_refused_and_the_request_stays()
    {
        var (user, _) = await AskAsync("Replace the feed pump");
        await SignInAsync(Role.Admin);
        var page = Render<ApprovalsPage>();
        page.Until(user.Name);

        await page.PressAsync("article", user.Name, "Deny");
        Assert.Equal("Say why, so that the technician knows what to do next.", page.Alert());
        Assert.True(page.Says(user.Name));

        await page.InvokeAsync(() => page.Part("article", user.Name).QuerySelector("input")!.InputAsync(new() { Value = "The line runs until Friday" }));
        await page.PressAsync("article", user.Name, "Deny");
        Assert.Null(page.Alert());
        Assert.DoesNotContain(page.FindAll("article"), card => card.Text().Contains(user.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Admin_cannot_decide_their_own_request()
    {
        var own = await SignInAsync(Role.Admin, Role.Technician);
        await AskAsync("Replace the feed pump", of: own.Actor);

        var page = Render<ApprovalsPage>();

        page.Until(own.User.Name);
        var card = page.Part("article", own.User.Name);
        Assert.Contains("This is your own request; another admin must decide it.", card.Text(), StringComparison.Ordinal);
        Assert.Empty(card.QuerySelectorAll("button, input"));
    }

    [Fact]
    public async Task Request_that_another_admin_decided_meanwhile_is_said_to_be_decided()
    {
        var (user, request) = await AskAsync("Replace the feed pump");
        await SignInAsync(Role.Admin);
        var page = Render<ApprovalsPage>();
        page.Until(user.Name);
        PlantWorld.Value(await World.Get<AccessRequests>().ApproveAsync(World.Admin, request.Id, "", null, default));

        await page.PressAsync("article", user.Name, "Approve");

        Assert.NotNull(page.Alert());
        Assert.False(page.Says($"{user.Name} may work on"));
    }

    [Fact]
    public async Task Number_of_waiting_requests_stands_in_the_tab_title()
    {
        await AskAsync("Replace the feed pump");
        await SignInAsync(Role.Admin);

        var page = Render<ApprovalsPage>();

        page.WaitForState(() => page.FindAll("article").Count > 0);
        Assert.Equal($"({page.FindAll("article").Count}) Approvals · Sallyport", page.Find("page-title").GetAttribute("text"));
    }

    [Fact]
    public async Task New_request_appears_by_itself_when_the_database_tells_of_it()
    {
        Feed = World.Get<Portal.Data.ChangeFeed>();
        await SignInAsync(Role.Admin);
        var page = Render<ApprovalsPage>();
        page.WaitForState(() => !page.Says("Loading…"));

        var (user, _) = await AskAsync("Replace the feed pump");

        page.Until(user.Name);
    }

    [Fact]
    public async Task New_request_appears_within_five_seconds_when_nothing_tells_of_it()
    {
        await SignInAsync(Role.Admin);
        var page = Render<ApprovalsPage>();
        page.WaitForState(() => !page.Says("Loading…"));
        var (user, _) = await AskAsync("Replace the feed pump");
        Assert.False(page.Says(user.Name));

        page.WaitForState(() =>
        {
            Time.Advance(TimeSpan.FromSeconds(5));
            return page.Says(user.Name);
        });
    }

    private async Task<(Actor User, AccessRequest Request)> AskAsync(string purpose, string? workOrder = null, TimeSpan? duration = null, Actor? of = null)
    {
        var user = of ?? await World.PersonAsync(Role.Technician);
        return (user, PlantWorld.Value(await World.Get<AccessRequests>().SubmitAsync(user, World.Terminal.Id, purpose, workOrder, World.Time.GetUtcNow(), duration ?? TimeSpan.FromHours(1), default)));
    }
}
