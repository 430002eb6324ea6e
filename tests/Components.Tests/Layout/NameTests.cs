using AngleSharp.Dom;
using Microsoft.AspNetCore.Components;
using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Pages;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Sessions;

namespace Sallyport.Components.Tests.Layout;

/// <summary>What somebody who hears a page, or uses it by keys, needs of each one when there is something on it.</summary>
public sealed class NameTests(SharedPlant shared) : PageTest(shared)
{
    public static TheoryData<string> Pages =>
        [.. new[] { typeof(ApprovalsPage), typeof(AssetPage), typeof(MyPlantsPage), typeof(RequestPage), typeof(AuditPage), typeof(UsersPage), typeof(SignInsPage), typeof(PasswordPage), typeof(OverlayPage), typeof(AddPlantPage), typeof(PlantPage), typeof(PlantsPage), typeof(RecordingsPage), typeof(PlayerPage), typeof(ActiveSessionsPage), typeof(ReleasesPage), typeof(SessionPage), typeof(WatchPage) }.Select(page => page.FullName!)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Everything_on_a_page_has_a_name(string name)
    {
        var type = typeof(ApprovalsPage).Assembly.GetType(name)!;
        var (technician, session) = await World.ActiveAsync();
        var recorded = await RecordedSession.MakeAsync(World);
        PlantWorld.Value(await World.Get<AccessRequests>().SubmitAsync(technician, World.Maintenance.Id, "Look at it", "WO-1", World.Time.GetUtcNow(), TimeSpan.FromHours(1), default));
        var user = type == typeof(SessionPage) ? await ExistingAsync(technician) : await World.Portal.AddUserAsync(Enum.GetValues<Role>());
        if (user.User.Roles.Contains(Role.Operator))
        {
            Assert.Null(await World.Get<PlantRegistry>().SetOperatorAsync(World.Admin, World.Plant.Id, user.User.Id, true, default));
        }

        await SignInAsync(user);
        Navigation.NavigateTo("/");

        var page = Render(builder =>
        {
            builder.OpenComponent(0, type);
            if (type.GetProperty("Id") is not null)
            {
                builder.AddComponentParameter(1, "Id", type == typeof(PlantPage) ? World.Plant.Id : type == typeof(AssetPage) ? World.Panel.Id : type == typeof(PlayerPage) ? recorded.Session.Id : session.Id);
            }
            else if (type == typeof(RequestPage))
            {
                builder.AddComponentParameter(1, "ServiceId", World.Terminal.Id);
            }

            builder.CloseComponent();
        });
        page.WaitForState(() => page.FindAll("h1").Count > 0 && !page.Says("Loading…"));

        Assert.Single(page.FindAll("h1"));
        Assert.Empty(page.FindAll("button, a").Where(element => element.Text().Length == 0 && element.GetAttribute("aria-label") is null && element.QuerySelector("img[alt]:not([alt=''])") is null).Select(Describe));
        Assert.Empty(page.FindAll("input, select, textarea").Where(field => field.GetAttribute("type") != "hidden" && field.Closest("label") is null && field.GetAttribute("aria-label") is null).Select(Describe));
        Assert.Empty(page.FindAll("th").Where(column => column.Text().Length == 0).Select(Describe));
        Assert.Empty(page.FindAll("img:not([alt])").Select(Describe));
        Assert.Empty(page.FindAll("fieldset").Where(group => group.QuerySelector("legend") is null).Select(Describe));
        Assert.Empty(page.FindAll("[id]").GroupBy(element => element.Id).Where(same => same.Count() > 1).Select(same => same.Key));
        Assert.Empty(page.FindAll("button:not([type])").Select(Describe));
    }

    private static string Describe(IElement element) => element.OuterHtml[..Math.Min(element.OuterHtml.Length, 200)];
}
