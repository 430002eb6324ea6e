using System.Text.Json;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>A web HMI on real parts: browser, portal, gateway, tunnel, and an HTTPS server in the plant that knows nothing of any of them.</summary>
[Collection(DemoCollection.Name)]
public sealed partial class WebHmiTests(Demo demo) : BrowserTests(demo)
{
    private const string Station = "Water station";
    private const string Request = "Request Web HMI";
    private const string Typed = "hunter2-hunter2";

    [Fact]
    public async Task From_a_request_to_a_recorded_hmi_to_its_requests_and_their_export()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        Assert.False(await Steps.AnswersAsync(Demo.StationAddress, 443));
        var hmi = await ConnectAsync(technician, admin, "Raise the tank's level");

        // The gateway has signed in by the station's form, below a bar of another origin.
        await Assertions.Expect(hmi.GetByText("Raw water tank and pump P1")).ToBeVisibleAsync();
        Assert.Matches(BarAddress(), technician.Url);
        await Assertions.Expect(technician.Locator("header h1")).ToContainTextAsync(Station);
        await SeeTicksAsync(hmi);
        Assert.True(await Steps.AnswersAsync(Demo.StationAddress, 443));

        await hmi.GetByLabel("Set-point in cm").FillAsync("175");
        await hmi.GetByRole(AriaRole.Button, new() { Name = "Write" }).ClickAsync();
        await Assertions.Expect(hmi.Locator("#answer")).ToHaveTextAsync("Set-point is 175 cm.");

        // What the user types into the station's own form is masked in the recording.
        await hmi.GetByRole(AriaRole.Link, new() { Name = "Sign out" }).ClickAsync();
        await hmi.GetByLabel("Name").FillAsync("operator");
        await hmi.GetByLabel("Password").FillAsync(Typed);
        await hmi.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(hmi.GetByText("Wrong name or password.")).ToBeVisibleAsync();

        await technician.ClickAsync("#end");
        await technician.ClickAsync("#end");
        await EndedAsync(technician, "You ended the session.");
        await Eventually.HoldsAsync("the path is closed", async () => !await Steps.AnswersAsync(Demo.StationAddress, 443));
        await ReviewAsync("Raise the tank's level");
    }

    [Fact]
    public async Task An_admins_end_closes_the_frame_and_its_socket_and_the_next_request_says_why()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        var hmi = await ConnectAsync(technician, admin, "Be ended in the HMI");
        await SeeTicksAsync(hmi);
        var frame = new Uri(technician.Frames[1].Url).GetLeftPart(UriPartial.Authority);

        await admin.GotoAsync($"{Demo.Url}/now");
        await admin.GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await admin.FillAsync(".dialog textarea", "The shift is over");
        await admin.GetByRole(AriaRole.Button, new() { Name = "End the session" }).ClickAsync();

        await EndedAsync(technician, "The shift is over");
        await technician.GotoAsync(frame + "/");
        await Assertions.Expect(technician.Locator("body")).ToContainTextAsync("The shift is over");
    }

    [Fact]
    public async Task A_ticket_is_refused_at_another_sessions_address_and_stays_good_for_its_own()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        var brought = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await technician.RouteAsync(WithTicket(), async route =>
        {
            brought.TrySetResult(route.Request.Url);
            await route.AbortAsync();
        });
        await Steps.ConnectAsync(technician, admin, Station, "Take the ticket elsewhere", Request);
        var address = await brought.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await technician.UnrouteAllAsync();

        var refused = await technician.GotoAsync(SessionInHost().Replace(address, Guid.NewGuid().ToString("N")));
        Assert.Equal(403, refused!.Status);
        await Assertions.Expect(technician.Locator("body")).ToContainTextAsync("The session was not opened");
        Assert.NotEqual("0", await demo.QueryAsync("select count(*) from audit.entries where action = 'ticket.refuse'"));

        await technician.GotoAsync(address);
        await SeeTicksAsync(technician.FrameLocator("#hmi"));

        // Another browser has nothing of it, and the same one comes back to it from the portal.
        var stranger = await (await technician.Context.Browser!.NewContextAsync()).NewPageAsync();
        Assert.Equal(403, (await stranger.GotoAsync(technician.Url))!.Status);
        await technician.GotoAsync(Demo.Url);
        await technician.GetByRole(AriaRole.Link, new() { Name = "Return to the session" }).ClickAsync();
        await technician.GetByRole(AriaRole.Link, new() { Name = "Resume there" }).ClickAsync();
        await SeeTicksAsync(technician.FrameLocator("#hmi"));

        // From the desk to the tablet: the HMI goes on there, and here is nothing left of it.
        var tablet = await demo.SignInAsync("technician");
        await tablet.GetByRole(AriaRole.Link, new() { Name = "Return to the session" }).ClickAsync();
        await tablet.GetByRole(AriaRole.Button, new() { Name = "Take over here" }).ClickAsync();
        await SeeTicksAsync(tablet.FrameLocator("#hmi"));
        await Assertions.Expect(technician.Locator("#over")).ToContainTextAsync("The session is in another window");
        await Assertions.Expect(technician.Locator("#hmi")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task An_admin_describes_a_web_service_and_the_form_says_what_is_wrong()
    {
        var admin = await demo.SignInAsync("admin");
        await admin.GotoAsync($"{Demo.Url}/plants");
        await admin.GetByRole(AriaRole.Link, new() { Name = "Demo plant", Exact = true }).ClickAsync();
        var card = admin.Locator("section.card", new() { HasText = "Edge box" });
        await card.GetByText("Add a service").ClickAsync();
        var form = card.Locator("details[open] form");
        await form.GetByLabel("Kind").SelectOptionAsync("Web");
        await form.GetByLabel("The gateway signs in").SelectOptionAsync("Form");
        await form.GetByLabel("Name of the password field").FillAsync("secret");
        await form.GetByLabel("Start page").FillAsync("/visu/start.htm");
        await form.GetByText("Advanced", new() { Exact = true }).ClickAsync();
        await form.GetByLabel("Allowed paths").FillAsync("/data");
        await form.GetByLabel("Old TLS").CheckAsync();
        await Assertions.Expect(form.GetByText("Old TLS can be broken")).ToBeVisibleAsync();
        await form.Locator("input[type=password]").FillAsync("anything");
        await form.GetByRole(AriaRole.Button, new() { Name = "Add the service" }).ClickAsync();
        await Assertions.Expect(card.GetByText("The start page must be among the allowed paths.")).ToBeVisibleAsync();

        Assert.Empty((await admin.RunAxe()).Violations.Select(v => $"{v.Id}: {string.Join(", ", v.Nodes.Select(n => n.Html))}"));
    }

    private static async Task<IFrameLocator> ConnectAsync(IPage technician, IPage admin, string purpose)
    {
        await Steps.ConnectAsync(technician, admin, Station, purpose, Request, "#hmi");
        return technician.FrameLocator("#hmi");
    }

    private static async Task SeeTicksAsync(IFrameLocator hmi)
    {
        await Assertions.Expect(hmi.Locator("#link")).ToHaveTextAsync("Live", new() { Timeout = 20_000 });
        var tick = await hmi.Locator("body").GetAttributeAsync("data-tick");
        await Assertions.Expect(hmi.Locator("body")).Not.ToHaveAttributeAsync("data-tick", tick ?? "");
    }

    private static async Task EndedAsync(IPage technician, string message)
    {
        await Assertions.Expect(technician.Locator("#over")).ToContainTextAsync(message);
        Assert.Equal(0, await technician.Locator("#hmi").CountAsync());
        Assert.Equal($"{Demo.Url}/", await technician.Locator("#over a").GetAttributeAsync("href"));
        var again = await technician.ReloadAsync();
        Assert.Equal(410, again!.Status);
        await Assertions.Expect(technician.Locator("body")).ToContainTextAsync(message);
    }

    private async Task ReviewAsync(string purpose)
    {
        var compliance = await demo.SignInAsync("compliance");
        await compliance.GotoAsync($"{Demo.Url}/recordings");
        await compliance.FillAsync("input[type=search]", purpose);
        await compliance.Locator("tr", new() { HasText = purpose }).GetByRole(AriaRole.Link, new() { Name = "Replay" }).First.ClickAsync();
        await compliance.WaitForSelectorAsync("#player[data-ready=true]");

        var written = compliance.Locator("#rows tr", new() { HasText = "/api/setpoint" });
        await Assertions.Expect(written).ToContainTextAsync("POST");
        await Assertions.Expect(written).ToContainTextAsync("200");
        await written.GetByRole(AriaRole.Button).ClickAsync();
        await compliance.GetByText("{\"setpoint\":175}").WaitForAsync();

        // Not before the new list is there: a click could land on what took a line's place.
        await compliance.RunAndWaitForResponseAsync(() => compliance.GetByLabel("Method").SelectOptionAsync("POST"), answer => answer.Url.Contains("method=POST", StringComparison.OrdinalIgnoreCase));
        await Assertions.Expect(compliance.Locator("#rows tr:not(.changing)")).ToHaveCountAsync(0);
        await compliance.Locator("#rows tr", new() { HasText = "/login" }).Filter(new() { HasNotText = "By the gateway" }).GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(compliance.Locator(".timeline-detail pre")).ToContainTextAsync("password=***");
        Assert.DoesNotContain(Typed, await compliance.ContentAsync(), StringComparison.Ordinal);
        Assert.Empty((await compliance.RunAxe()).Violations.Select(v => $"{v.Id}: {string.Join(", ", v.Nodes.Select(n => n.Html))}"));

        await compliance.GetByLabel("Method").SelectOptionAsync("");
        await compliance.GetByLabel("Show").SelectOptionAsync("messages");
        await Assertions.Expect(compliance.Locator("#rows tr.message", new() { HasText = "from asset" }).First).ToContainTextAsync("\"tick\"");

        var download = await compliance.RunAndWaitForDownloadAsync(() => compliance.GetByRole(AriaRole.Link, new() { Name = "HAR" }).ClickAsync());
        var har = await File.ReadAllTextAsync(await download.PathAsync());
        Assert.DoesNotContain(Typed, har, StringComparison.Ordinal);
        using var parsed = JsonDocument.Parse(har);
        var requests = parsed.RootElement.GetProperty("log").GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("request")).ToList();
        Assert.Contains(requests, r => r.GetProperty("method").GetString() == "POST" && r.GetProperty("url").GetString() == "https://192.168.10.40/api/setpoint");

        await compliance.ClickAsync("#verify");
        await compliance.GetByText("Intact: all").WaitForAsync();
        var session = compliance.Url.Split('/')[^1];
        foreach (var action in new[] { "session.connect", "ticket.redeem", "session.start", "recording.head", "session.end", "path.close", "recording.replay", "recording.export", "recording.verify" })
        {
            Assert.NotEqual("0", await demo.QueryAsync($"select count(*) from audit.entries where action = '{action}' and subject_id = '{session}'"));
        }
    }

    [GeneratedRegex("^http://bar\\.[0-9a-f]{32}\\.localhost:18081/$")]
    private static partial Regex BarAddress();

    [GeneratedRegex("/\\?ticket=")]
    private static partial Regex WithTicket();

    [GeneratedRegex("(?<=//bar\\.)[0-9a-f]{32}")]
    private static partial Regex SessionInHost();
}
