using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>Somebody of another organisation has the page "Users" of their own, and wants an admin's browser to start it with the admin's rights.</summary>
[Collection(DemoCollection.Name)]
public sealed partial class OriginTests(Demo demo) : BrowserTests(demo)
{
    private const string Heading = "Who may sign in";

    [Fact]
    public async Task A_page_of_another_port_cannot_run_an_admins_circuit()
    {
        var victim = await demo.SignInAsync("admin");
        var html = await StrangersPageAsync();
        var path = Script().Match(html).Groups["path"].Value;
        var script = await (await victim.Context.APIRequest.GetAsync($"{Demo.Url}/{path}")).BodyAsync();
        await using var site = ForeignSite.Start(
            $$"""
            <!doctype html><base href="/"><body>{{string.Concat(Marker().Matches(html).Select(m => m.Value))}}
            <script src="/blazor.js" autostart="false"></script>
            <script>Blazor.start({ circuit: { configureSignalR: b => b.withUrl("{{Demo.Url}}/_blazor", { skipNegotiation: true, transport: 1 }) } })
              .then(() => document.title = "started", () => document.title = "failed");</script>
            """,
            script);
        var asked = new TaskCompletionSource();
        victim.WebSocket += (_, socket) => _ = socket.Url.EndsWith(":18080/_blazor", StringComparison.Ordinal) && asked.TrySetResult();

        await victim.GotoAsync(ForeignSite.Url);

        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await victim.WaitForFunctionAsync("document.title === 'failed'");
        Assert.DoesNotContain(Heading, await victim.InnerTextAsync("body"), StringComparison.Ordinal);
    }

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

    [GeneratedRegex("src=\"(?<path>client/blazor\\.web[^\"]*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Script();
}
