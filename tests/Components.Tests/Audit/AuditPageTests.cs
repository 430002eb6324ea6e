using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;

namespace Sallyport.Components.Tests.Audit;

public sealed class AuditPageTests(SharedPlant shared) : PageTest(shared)
{
    [Fact]
    public void Page_says_that_it_is_loading_while_nothing_is_known()
    {
        KeepWaiting();

        Assert.True(Render<AuditPage>().Says("Loading…"));
    }

    [Theory]
    [InlineData(Role.Admin)]
    [InlineData(Role.Compliance)]
    public async Task Who_runs_the_installation_reads_what_belongs_to_no_company_and_can_ask_for_that_alone(Role role)
    {
        var text = $"drift {Guid.NewGuid():N}";
        await WriteAsync(text);
        await SignInAsync(role);

        var page = Render<AuditPage>();

        page.Until(text);
        Assert.True(page.Says("the installation alone"));
    }

    [Fact]
    public async Task Another_company_reads_none_of_it_and_is_not_offered_to()
    {
        await WriteAsync("drift of the installation");
        await SignInAsync(await NewCompanyAsync());

        var page = Render<AuditPage>();

        page.Until("No entries");
        Assert.False(page.Says("drift of the installation"));
        Assert.False(page.Says("the installation alone"));
    }

    [Fact]
    public async Task Entry_opens_with_its_number_hashes_and_the_requirement_that_it_serves()
    {
        var text = $"drift {Guid.NewGuid():N}";
        await WriteAsync(text);
        await SignInAsync(Role.Admin);
        var page = Render<AuditPage>();
        page.Until(text);
        Assert.Equal("false", page.Part("tr", text).QuerySelector("button")!.GetAttribute("aria-expanded"));

        await page.InvokeAsync(() => page.Part("tr", text).QuerySelector("button")!.ClickAsync(new()));

        Assert.Equal("true", page.Part("tr:has(button)", text).QuerySelector("button")!.GetAttribute("aria-expanded"));
        Assert.True(page.Says("Serves IEC 62443-3-3 SR 7.6"));
        Assert.True(page.Says("Hash before"));
    }

    [Fact]
    public async Task Open_entry_closes_again()
    {
        var text = $"drift {Guid.NewGuid():N}";
        await WriteAsync(text);
        await SignInAsync(Role.Admin);
        var page = Render<AuditPage>();
        page.Until(text);

        for (var times = 0; times < 2; times++)
        {
            await page.InvokeAsync(() => page.Part("tr:has(button)", text).QuerySelector("button")!.ClickAsync(new()));
        }

        Assert.False(page.Says("Hash before"));
    }

    [Fact]
    public async Task Search_shows_what_matches_and_is_itself_audited()
    {
        var text = $"drift {Guid.NewGuid():N}";
        await WriteAsync(text);
        var user = await SignInAsync(Role.Admin);
        var page = Render<AuditPage>();
        page.Until(text);

        await page.EnterAsync("Anything in the entry", text);
        await page.SubmitAsync();

        Assert.Single(page.FindAll("tbody tr"));
        var search = Assert.Single(await World.Get<AuditSearch>().FindAsync(World.Admin, new AuditQuery(user.User.Name, AuditAction.AuditSearched.Name, null, null, null, null), default));
        Assert.Contains(text, search.Field("reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_without_a_result_says_what_to_do()
    {
        await SignInAsync(Role.Admin);
        var page = Render<AuditPage>();
        page.WaitForState(() => !page.Says("Loading…"));

        await page.EnterAsync("Anything in the entry", "no entry says this");
        await page.SubmitAsync();

        Assert.True(page.Says("Nothing matches. Widen the search."));
    }

    [Fact]
    public async Task Refused_acts_can_be_looked_for_alone()
    {
        await SignInAsync(Role.Admin);
        var page = Render<AuditPage>();
        page.WaitForState(() => !page.Says("Loading…"));
        await World.Broker.ConnectAsync(await World.PersonAsync(Role.Technician), World.Terminal.Id, default);

        await page.EnterAsync("Result", "Refused");
        await page.SubmitAsync();

        Assert.NotEmpty(page.FindAll("tbody tr"));
        Assert.All(page.FindAll("tbody tr"), row => Assert.Equal("refused", row.QuerySelector(".badge")!.Text()));
    }

    [Fact]
    public async Task Chain_is_verified_on_demand_and_the_verdict_is_heard()
    {
        await SignInAsync(Role.Compliance);
        var page = Render<AuditPage>();
        page.WaitForState(() => !page.Says("Loading…"));

        await page.PressAsync("Verify the chain");

        Assert.NotEqual("", page.Find("[role=status].message").Text());
        Assert.Null(page.Alert());
        Assert.False(page.Button("Verify the chain").IsDisabled());
    }

    private async Task<TestUser> NewCompanyAsync()
    {
        var users = World.Get<UserDirectory>();
        var tenant = await users.TenantAsync($"Company {Guid.NewGuid():N}", default);
        var name = $"stranger{Guid.NewGuid():N}";
        return new TestUser((await users.CreateAsync(tenant.Id, name, name, UserDirectory.NewPassword(), [Role.Admin, Role.Compliance], default)).User!, "", "");
    }

    private Task WriteAsync(string reason) =>
        World.Get<AuditLog>().AppendAsync(AuditEvent.BySystem("hub", null, AuditAction.Drift, "hub", "", "hub", reason: reason), default);
}
