using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Layout;

namespace Sallyport.Components.Tests.Layout;

/// <summary>What stands around every page.</summary>
public sealed class ShellTests : PageTest
{
    public ShellTests(SharedPlant shared)
        : base(shared, services => services.AddSingleton<AntiforgeryStateProvider, NoToken>())
    {
    }

    [Theory]
    [InlineData(Role.Technician, "My plants")]
    [InlineData(Role.Operator, "My plants, Releases")]
    [InlineData(Role.Compliance, "My plants, Sessions, Recordings, Audit")]
    [InlineData(Role.Admin, "My plants, Approvals, Sessions, Audit, Plants, Users, Sign-in, Overlay")]
    public async Task Menu_leads_where_the_role_may_go_and_nowhere_else(Role role, string links)
    {
        await SignInAsync(role);

        var menu = Render<NavMenu>();

        Assert.Equal(links, string.Join(", ", menu.FindAll("nav[aria-label=Main] a").Select(link => link.Text())));
    }

    [Fact]
    public async Task Signed_in_person_reads_their_name_and_can_sign_out()
    {
        var user = await SignInAsync(Role.Technician);

        var shell = Layout(builder => builder.AddContent(0, "the page"));

        var form = shell.Find("form[action='/sign-out'][method=post]");
        Assert.Contains(user.User.Name, form.Text(), StringComparison.Ordinal);
        Assert.Equal("Sign out", form.Button("Sign out").Text());
        Assert.Equal("Technician: your sign-ins and your password", form.QuerySelector("a")!.GetAttribute("title"));
        Assert.Equal("the page", shell.Find("main").Text());
    }

    [Fact]
    public void Who_is_not_signed_in_gets_no_menu()
    {
        var shell = Layout(builder => builder.AddContent(0, "the page"));

        Assert.Empty(shell.FindAll("nav, header"));
        Assert.Equal("the page", shell.Find("main").Text());
    }

    [Fact]
    public void First_link_leads_past_the_menu_to_what_takes_the_focus()
    {
        var shell = Layout(builder => builder.AddContent(0, "the page"));

        Assert.Equal(("Skip to content", "#main"), (shell.Find("a").Text(), shell.Find("a").GetAttribute("href")));
        Assert.Equal("-1", shell.Find("#main").GetAttribute("tabindex"));
    }

    [Fact]
    public async Task Page_that_breaks_says_so_and_leaves_the_menu_and_no_detail()
    {
        await SignInAsync(Role.Technician);

        var shell = Layout(builder =>
        {
            builder.OpenComponent<Broken>(0);
            builder.CloseComponent();
        });

        Assert.True(shell.Says("This page could not be shown"));
        Assert.Single(shell.Links("Load it again"));
        Assert.Single(shell.FindAll("nav[aria-label=Main]"));
        Assert.False(shell.Says("a secret of the server"));
    }

    private IRenderedComponent<MainLayout> Layout(RenderFragment body) => Render<MainLayout>(p => p.Add(l => l.Body, body));

    private sealed class Broken : ComponentBase
    {
        protected override void BuildRenderTree(RenderTreeBuilder builder) => throw new InvalidOperationException("a secret of the server");
    }

    private sealed class NoToken : AntiforgeryStateProvider
    {
        public override AntiforgeryRequestToken? GetAntiforgeryToken() => null;
    }
}
