using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>Somebody of another organisation has the page "Users" of their own, and wants an admin's browser to start it with the admin's rights.</summary>
[Collection(DemoCollection.Name)]
public sealed partial class MarkerTests(Demo demo) : BrowserTests(demo)
{
    [Fact]
    public async Task A_marker_from_another_users_page_starts_no_component_in_an_admins_circuit()
    {
        var victim = await demo.SignInAsync("admin");
        var html = await StrangersPageAsync();
        var refused = new TaskCompletionSource();
        victim.Console += (_, message) =>
        {
            if (message.Type == "error" && message.Text.Contains("component operations is not valid", StringComparison.Ordinal))
            {
                refused.TrySetResult();
            }
        };
        await victim.RouteAsync("**/users", route => route.FulfillAsync(new() { ContentType = "text/html", Body = html }));

        await victim.GotoAsync($"{Demo.Url}/users");

        await refused.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, await victim.Locator("table.list").CountAsync());

        // With their own page it starts, in the same browser.
        await victim.UnrouteAllAsync();
        await victim.GotoAsync($"{Demo.Url}/users");
        await victim.Locator("table.list").WaitForAsync();
    }

    private async Task<string> StrangersPageAsync()
    {
        var name = $"stranger{Guid.NewGuid():N}"[..20];
        var password = await demo.CommandAsync($"user add {name} admin --tenant 'Other company' --new-tenant");
        var stranger = await demo.OpenBrowserAsync();
        await Installation.SignInFirstAsync(stranger, name, password, "a password of their own");
        var html = await (await stranger.Context.APIRequest.GetAsync($"{Demo.Url}/users")).TextAsync();
        Assert.Matches(Marker(), html);
        return html;
    }

    [GeneratedRegex("<!--Blazor:.*?-->", RegexOptions.Singleline, 1000)]
    private static partial Regex Marker();
}
