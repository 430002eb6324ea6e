using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Identity;

namespace Sallyport.Components.Tests.Identity;

/// <summary>As a portal shows it that has nobody yet; what every other one shows is among the pages of the sign-in.</summary>
public sealed class FirstRunPageTests : PageTest
{
    private readonly StrongBox<FirstRun> _firstRun;

    public FirstRunPageTests(SharedPlant shared)
        : this(shared, new())
    {
    }

    private FirstRunPageTests(SharedPlant shared, StrongBox<FirstRun> firstRun)
        : base(shared, services => services.AddSingleton(_ => firstRun.Value!)) => _firstRun = firstRun;

    [Fact]
    public async Task Portal_without_a_user_asks_for_the_code_from_its_log_and_for_the_first_admin()
    {
        await using var empty = await PortalInstance.StartAsync(World.Cluster);
        var firstRun = empty.Services.GetRequiredService<FirstRun>();
        _firstRun.Value = firstRun;
        while (!await firstRun.IsOpenAsync(CancellationToken.None))
        {
            await Task.Yield();
        }

        var page = Render<FirstRunPage>();

        page.Until("Make the first admin");
        Assert.Null(page.Alert());
        Assert.Equal(["code", "organisation", "name", "userName", "password"], page.FindAll("form label input").Select(field => field.GetAttribute("name")));
        Assert.Equal("code", Assert.Single(page.FindAll("[autofocus]")).GetAttribute("name"));
        Assert.Equal(("new-password", "12"), (page.Field("Password").GetAttribute("autocomplete"), page.Field("Password").GetAttribute("minlength")));
    }
}
