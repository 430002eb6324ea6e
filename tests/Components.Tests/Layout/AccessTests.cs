using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;
using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Layout;
using Sallyport.Portal.Plants;

namespace Sallyport.Components.Tests.Layout;

/// <summary>Every page that acts, by the policy that it names: what it shows before it knows its user, and to whom it shows nothing.</summary>
public sealed class AccessTests(SharedPlant shared) : PageTest(shared)
{
    /// <summary>Every page that does something for its user, by name.</summary>
    public static TheoryData<string> Pages => [.. Acting.Select(page => page.Name)];

    /// <summary>Those that do so when they are opened, and not only when something is pressed.</summary>
    public static TheoryData<string> PagesThatRead => [.. Acting.Where(page => page != typeof(AddPlantPage)).Select(page => page.Name)];

    public static TheoryData<string> PagesThatReadForRoles => [.. Acting.Where(page => page != typeof(AddPlantPage) && PolicyOf(page) != Policies.SignedIn).Select(page => page.Name)];

    private static IReadOnlyList<Type> Acting { get; } =
        [.. typeof(ActingComponent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(ActingComponent)) && type.IsDefined(typeof(RouteAttribute), false)).OrderBy(type => type.Name, StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(PagesThatReadForRoles))]
    public async Task Person_without_the_role_is_led_to_the_page_that_says_so_and_sees_nothing(string name)
    {
        var page = Acting.Single(type => type.Name == name);
        await SignInAsync(Enum.GetValues<Role>().First(role => !Policies.Allow(PolicyOf(page), [role])));

        var shown = Show(page);

        shown.WaitForState(() => WentTo is not null);
        Assert.Equal("/access-denied", WentTo);
        Assert.DoesNotContain("Test plant", shown.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Act_on_an_open_page_whose_user_lost_the_right_to_it_is_audited()
    {
        var user = await SignInAsync(Role.Technician);
        Navigation.NavigateTo("/users");

        Show(typeof(UsersPage)).WaitForState(() => WentTo == "/access-denied");

        var entry = Assert.Single(await World.Get<AuditSearch>().FindAsync(World.Admin, new AuditQuery(user.User.Name, AuditAction.AccessDenied.Name, null, null, null, null), default));
        Assert.Equal(("/users", "This is not part of your role."), (entry.Field("subjectName"), entry.Field("reason")));
    }

    [Theory]
    [MemberData(nameof(PagesThatRead))]
    public async Task Person_whose_user_was_disabled_meanwhile_is_led_to_the_page_that_says_so(string name)
    {
        var user = await SignInAsync(Enum.GetValues<Role>());
        Assert.Null((await World.Get<UserDirectory>().SetDisabledAsync(World.Admin, user.User.Id, true, "They left", default)).Error);

        var shown = Show(Acting.Single(type => type.Name == name));

        shown.WaitForState(() => WentTo is not null);
        Assert.StartsWith("/sign-in-refused?why=", WentTo, StringComparison.Ordinal);
        Assert.DoesNotContain("Test plant", shown.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_shows_nothing_of_anybody_before_it_knows_who_looks(string name)
    {
        KeepWaiting();

        var shown = Show(Acting.Single(type => type.Name == name));

        Assert.DoesNotContain("Test plant", shown.Markup, StringComparison.Ordinal);
        Assert.Empty(shown.FindAll("table, article, .danger"));
        Assert.Null(WentTo);
    }

    private static string PolicyOf(Type page) => ((AuthorizeAttribute)page.GetCustomAttributes(typeof(AuthorizeAttribute), true).Single()).Policy!;

    private IRenderedComponent<IComponent> Show(Type page) => Render(builder =>
    {
        builder.OpenComponent(0, page);
        if (page.GetProperty("Id") is not null)
        {
            builder.AddComponentParameter(1, "Id", World.Plant.Id);
        }
        else if (page.GetProperty("ServiceId") is not null)
        {
            builder.AddComponentParameter(1, "ServiceId", World.Terminal.Id);
        }

        builder.CloseComponent();
    });
}
