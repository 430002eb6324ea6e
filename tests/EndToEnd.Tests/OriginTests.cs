using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>A page on another port of the portal's host: the same site, so the browser sends its cookies, but another origin.</summary>
[Collection(DemoCollection.Name)]
public sealed partial class OriginTests(Demo demo) : BrowserTests(demo)
{
    private const string Refusal = "Unexpected response code: 403";

    [Fact]
    public async Task A_page_of_another_port_opens_no_circuit_with_an_admins_cookie()
    {
        var victim = await demo.SignInAsync("admin");
        var html = await (await victim.Context.APIRequest.GetAsync($"{Demo.Url}/users")).TextAsync();
        var script = await (await victim.Context.APIRequest.GetAsync($"{Demo.Url}/{Script().Match(html).Groups["path"].Value}")).BodyAsync();
        await using var site = ForeignSite.Start(
            $$"""
            <!doctype html><base href="/"><body>{{string.Concat(Marker().Matches(html).Select(m => m.Value))}}
            <script src="/blazor.js" autostart="false"></script>
            <script>Blazor.start({ circuit: { configureSignalR: b => b.withUrl("{{Demo.Url}}/_blazor", { skipNegotiation: true, transport: 1 }) } });</script>
            """,
            script);
        var (refused, opened) = (new TaskCompletionSource(), new TaskCompletionSource());
        victim.Console += (_, message) => _ = message.Text.Contains(Refusal, StringComparison.Ordinal) && refused.TrySetResult();
        victim.WebSocket += (_, socket) => socket.FrameReceived += (_, _) => opened.TrySetResult();

        await victim.GotoAsync(ForeignSite.Url);

        await refused.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(opened.Task.IsCompleted);
        Assert.Equal(0, await victim.Locator("table.list").CountAsync());

        // The portal's own page opens one, in the same browser.
        await victim.GotoAsync($"{Demo.Url}/users");
        await opened.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [GeneratedRegex("<!--Blazor:.*?-->", RegexOptions.Singleline, 1000)]
    private static partial Regex Marker();

    [GeneratedRegex("""src="/?(?<path>[^"]*blazor\.web[^"]*\.js)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Script();
}
