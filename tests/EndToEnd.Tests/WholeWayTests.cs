using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>The main job on real parts: browser, portal, PostgreSQL, gateway, hub, WireGuard, sshd.</summary>
[Collection(DemoCollection.Name)]
public sealed class WholeWayTests(Demo demo) : BrowserTests(demo)
{
    [Fact]
    public async Task From_a_request_to_a_recorded_terminal_to_a_verified_replay()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");

        Assert.Null(await Steps.BannerAsync(Demo.EdgeAddress));
        await Steps.ConnectAsync(technician, admin, "Edge box", "Look at the log of pump 3");
        await Steps.OpenAsync(technician);
        await Steps.TypeAsync(technician, "echo grüße-$((40+2)); hostname", "grüße-42");
        await Steps.SeeAsync(technician, "demo-edge-1");

        // The path is open while the session lives, for this asset only, and its flow dies with it.
        Assert.StartsWith("SSH-2.0", await Steps.BannerAsync(Demo.EdgeAddress), StringComparison.Ordinal);
        Assert.Null(await Steps.BannerAsync(Demo.PanelAddress));

        await admin.GotoAsync($"{Demo.Url}/now");
        await admin.GetByText("Look at the log of pump 3").First.WaitForAsync();
        await Steps.EndAsync(technician);
        await Eventually.HoldsAsync("the path is closed", async () => await Steps.BannerAsync(Demo.EdgeAddress) is null);

        var compliance = await demo.SignInAsync("compliance");
        await compliance.GotoAsync($"{Demo.Url}/recordings");
        await compliance.FillAsync("input[type=search]", "pump 3");
        await compliance.GetByRole(AriaRole.Link, new() { Name = "Replay" }).First.ClickAsync();
        await compliance.WaitForSelectorAsync("#player[data-ready=true]");
        await compliance.EvaluateAsync("() => window.sallyportPlayer.seek(window.sallyportPlayer.duration)");
        await compliance.WaitForFunctionAsync("() => window.sallyportPlayer.text().includes('grüße-42')");
        await Steps.SeeWholeReplayAsync(compliance);
        await compliance.ClickAsync("#verify");
        await compliance.GetByText("Intact: all").WaitForAsync();
        await compliance.GotoAsync($"{Demo.Url}/audit");
        await compliance.ClickAsync("text=Verify the chain");
        await compliance.GetByText("is unbroken").WaitForAsync();

        var session = await demo.QueryAsync("select id from sessions order by created_at desc limit 1");
        Assert.Matches($"^intact +{session} +Demo technician", await demo.CommandAsync($"recording verify {session}"));
        Assert.Matches("^The chain of [0-9]+ entries is unbroken", await demo.CommandAsync("audit verify"));
        foreach (var action in new[] { "sign-in", "request.submit", "request.approve", "session.connect", "path.open", "ticket.issue", "ticket.redeem", "session.start", "recording.head", "session.end", "path.close", "recording.replay", "recording.verify" })
        {
            Assert.NotEqual("0", await demo.QueryAsync($"select count(*) from audit.entries where action = '{action}'"));
        }
    }

    [Fact]
    public async Task A_terminal_that_is_open_elsewhere_is_taken_over_as_it_stands()
    {
        var desk = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        await Steps.ConnectAsync(desk, admin, "Edge box", "From the desk to the tablet");
        await Steps.OpenAsync(desk);
        await Steps.TypeAsync(desk, "kept=from-$((40+2)); echo $kept", "from-42");

        var tablet = await demo.SignInAsync("technician");
        await tablet.SetViewportSizeAsync(820, 1180);
        await tablet.GotoAsync(desk.Url);
        await tablet.GetByRole(AriaRole.Button, new() { Name = "Take over here" }).ClickAsync();
        await Steps.OpenAsync(tablet);
        await Steps.SeeAsync(tablet, "from-42");
        await Steps.TypeAsync(tablet, "echo still-$kept", "still-from-42");

        // The desk says so, types nothing, does not come back by itself, and can.
        await Assertions.Expect(desk.Locator("#overlay")).ToContainTextAsync("Open in another window");
        await desk.GetByRole(AriaRole.Button, new() { Name = "Take over here" }).ClickAsync();
        await Steps.OpenAsync(desk);
        await Steps.TypeAsync(desk, "echo back-$kept", "back-from-42");
        await Assertions.Expect(tablet.Locator("#overlay")).ToContainTextAsync("Open in another window");
        Assert.Equal("2", await demo.QueryAsync("select count(*) from audit.entries where action = 'session.take-over'"));
        await Steps.EndAsync(desk);
    }

    [Fact]
    public async Task What_is_pasted_is_asked_about_and_cannot_leave_the_paste_and_the_terminal_can_be_left_by_keyboard()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        await Steps.ConnectAsync(technician, admin, "Edge box", "Paste something");
        await Steps.OpenAsync(technician);
        await Steps.TypeAsync(technician, "echo ready-$((40+2))", "ready-42");

        // One end of a line, at the very end: it would be executed.
        await PasteAsync(technician, "echo one-$((40+2))\n");
        await technician.Locator("dialog").GetByText("Paste 1 line into the terminal?").WaitForAsync();
        await technician.Keyboard.PressAsync("Escape");
        await technician.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });

        // The end of a bracketed paste, in both forms, and Ctrl-O, which readline executes with.
        await PasteAsync(technician, "echo two\u001b[201~-$((40+3))\u009b201~\u000f");
        var dialog = technician.Locator("dialog");
        await dialog.GetByText("3 control characters are left out").WaitForAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Paste", Exact = true }).ClickAsync();
        await Steps.SeeAsync(technician, "echo two[201~-$((40+3))201~");
        await technician.Keyboard.PressAsync("Control+u");

        // What would turn the direction of the rest is named in its place, and not left out.
        await PasteAsync(technician, "rm \u202egol.\u200bx");
        await dialog.GetByText("rm ⟨U+202E⟩gol.⟨U+200B⟩x").WaitForAsync();
        await technician.Keyboard.PressAsync("Escape");
        await Steps.TypeAsync(technician, "echo three-$((40+4))", "three-44");
        var screen = await Steps.ScreenAsync(technician);
        Assert.DoesNotContain("one-42", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("-43", screen, StringComparison.Ordinal);

        // A control string without an end swallows what comes after it, until the screen is reset.
        await technician.Keyboard.TypeAsync("printf 'mark-%s\\033P' $((40+6))\n");
        await Steps.SeeAsync(technician, "mark-46");
        await technician.ClickAsync("[data-do=reset]");
        await Steps.TypeAsync(technician, "echo four-$((40+5))", "four-45");

        // No dead strip and no row that is cut off, once the font and WebGL are there.
        await technician.WaitForFunctionAsync(
            """
            () => {
              const drawn = document.querySelector('#terminal .xterm-screen').getBoundingClientRect(), room = document.querySelector('#terminal').getBoundingClientRect();
              const cell = drawn.width / window.sallyportTerminal.cols, row = drawn.height / window.sallyportTerminal.rows;
              return drawn.bottom <= room.bottom + 0.5 && room.bottom - drawn.bottom < row + 1 && room.right - drawn.right < 2 * cell + 20;
            }
            """);

        await technician.Keyboard.PressAsync("Control+Shift+ArrowUp");
        Assert.True(await technician.EvaluateAsync<bool>("() => !!document.activeElement.closest('.session-bar')"));

        await Steps.EndAsync(technician);
        Assert.True(await technician.EvaluateAsync<bool>("() => document.querySelector('.session-bar [data-do=end]').disabled"));
        await technician.GetByRole(AriaRole.Link, new() { Name = "My plants" }).ClickAsync();
        await technician.WaitForURLAsync(Demo.Url + "/");
    }

    private static async Task PasteAsync(IPage page, string text) => await page.EvaluateAsync(
        """
        text => {
          const data = new DataTransfer();
          data.setData('text/plain', text);
          document.querySelector('#terminal textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        }
        """,
        text);

    [Fact]
    public async Task A_password_that_is_not_echoed_is_recorded_as_dots_only()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        await Steps.ConnectAsync(technician, admin, "Edge box", "Type a secret");
        await Steps.OpenAsync(technician);
        await Steps.TypeAsync(technician, "read -s -p 'Secret: ' x; echo; echo length ${#x}", "Secret:");
        await Steps.TypeAsync(technician, "hunter2-hunter2", "length 15");
        await Steps.EndAsync(technician);

        var compliance = await demo.SignInAsync("compliance");
        await compliance.GotoAsync($"{Demo.Url}/recordings");
        await compliance.GetByRole(AriaRole.Link, new() { Name = "Replay" }).First.ClickAsync();
        await compliance.WaitForSelectorAsync("#player[data-ready=true]");
        var typed = await compliance.InnerTextAsync("#typed");
        Assert.Contains("••••", typed, StringComparison.Ordinal);
        Assert.Contains("read -s", typed, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", typed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replay_whose_next_part_cannot_be_read_stops_says_so_and_goes_on_when_asked()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        await Steps.ConnectAsync(technician, admin, "Edge box", "Work for some seconds");
        await Steps.OpenAsync(technician);
        await Steps.TypeAsync(technician, "sleep 4; echo done-$((40+2))", "done-42");
        await Steps.EndAsync(technician);

        var compliance = await demo.SignInAsync("compliance");
        await compliance.GotoAsync($"{Demo.Url}/recordings");

        // The first part comes, two seconds; nothing after it does.
        var parts = 0;
        await compliance.RouteAsync("**/events?*", route => Interlocked.Increment(ref parts) == 1 ? route.ContinueAsync() : route.FulfillAsync(new() { Status = 500 }));
        await compliance.GetByRole(AriaRole.Link, new() { Name = "Replay" }).First.ClickAsync();
        await compliance.WaitForSelectorAsync("#player[data-ready=true]");
        await compliance.EvaluateAsync("() => window.sallyportPlayer.seek(window.sallyportPlayer.duration)");
        await compliance.GetByText("could not be read (500)").WaitForAsync();
        await Assertions.Expect(compliance.Locator("#play")).ToHaveTextAsync("Play");
        Assert.Null(await compliance.GetAttributeAsync("#player", "data-loading"));
        var asked = parts;
        await compliance.WaitForTimeoutAsync(500);
        Assert.Equal(asked, parts);

        await compliance.UnrouteAllAsync();
        await compliance.EvaluateAsync("() => window.sallyportPlayer.seek(window.sallyportPlayer.duration)");
        await compliance.WaitForFunctionAsync("() => window.sallyportPlayer.text().includes('done-42')");
    }

    [Fact]
    public async Task The_plant_releases_stops_and_keeps_out_until_an_admin_lifts_it()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        var plant = await demo.SignInAsync("operator");
        await Steps.ConnectAsync(technician, admin, "Filler panel", "Change the filler's recipe");
        await technician.GetByText("Waiting for the plant").WaitForAsync();
        Assert.Null(await Steps.BannerAsync(Demo.PanelAddress));

        await plant.GotoAsync($"{Demo.Url}/releases");
        var card = plant.Locator("article.card", new() { HasText = "Change the filler's recipe" });
        Assert.True(await card.GetByRole(AriaRole.Button, new() { Name = "Release", Exact = true }).IsDisabledAsync());
        await card.GetByLabel("Area clear").CheckAsync();
        await card.GetByRole(AriaRole.Button, new() { Name = "Release", Exact = true }).ClickAsync();
        await Steps.OpenAsync(technician);
        await Steps.TypeAsync(technician, "hostname", "demo-panel-1");

        await card.GetByRole(AriaRole.Button, new() { Name = "Stop and lock out" }).ClickAsync();
        await plant.FillAsync(".dialog textarea", "Somebody is in the machine");
        await plant.Locator(".dialog").GetByRole(AriaRole.Button, new() { Name = "Stop and lock out" }).ClickAsync();
        await Steps.EndedAsync(technician, "Somebody is in the machine");

        await technician.GotoAsync(Demo.Url);
        await technician.GetByText("keeps you out until an admin lifts it").First.WaitForAsync();
        await Assertions.Expect(technician.GetByRole(AriaRole.Button, new() { Name = "Connect" })).ToHaveCountAsync(0);
        await admin.GotoAsync($"{Demo.Url}/now");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Lift", Exact = true }).ClickAsync();
        await admin.Locator(".dialog").GetByRole(AriaRole.Button, new() { Name = "Lift the lockout" }).ClickAsync();
        await admin.GetByText("Locked out by a plant").WaitForAsync(new() { State = WaitForSelectorState.Detached });

        // Nobody has to load the page again.
        await technician.GetByRole(AriaRole.Button, new() { Name = "Connect" }).First.WaitForAsync();
    }

    [Fact]
    public async Task An_admin_adds_a_plant_and_gets_three_commands_and_can_end_any_session_at_once()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        await admin.GotoAsync($"{Demo.Url}/plants/add");
        await admin.GetByLabel("Name").FillAsync("Second demo plant");
        await admin.GetByLabel("Network in the plant").FillAsync("192.168.10.0/24");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Add the plant" }).ClickAsync();
        await admin.GetByRole(AriaRole.Button, new() { Name = "Make an enrollment code" }).ClickAsync();
        Assert.Matches("^echo [a-z0-9-]+ \\| sh enroll https://", await admin.InnerTextAsync("#command-2"));

        await Steps.ConnectAsync(technician, admin, "Edge box", "Be ended");
        await Steps.OpenAsync(technician);
        await admin.GotoAsync($"{Demo.Url}/now");
        await admin.GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await admin.FillAsync(".dialog textarea", "The shift is over");
        await admin.GetByRole(AriaRole.Button, new() { Name = "End the session" }).ClickAsync();
        await Steps.EndedAsync(technician, "The shift is over");
    }

    [Theory]
    [InlineData("technician", "/")]
    [InlineData("admin", "/now")]
    [InlineData("admin", "/plants")]
    [InlineData("admin", "/users")]
    [InlineData("admin", "/approvals")]
    [InlineData("compliance", "/recordings")]
    [InlineData("compliance", "/audit")]
    public async Task A_page_has_no_accessibility_fault_that_axe_knows(string user, string path)
    {
        var page = await demo.SignInAsync(user);
        await page.GotoAsync(Demo.Url + path);
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await page.WaitForSelectorAsync(".loading", new() { State = WaitForSelectorState.Detached });

        var result = await page.RunAxe();

        Assert.Empty(result.Violations.Select(v => $"{v.Id}: {string.Join(", ", v.Nodes.Select(n => n.Html))}"));
    }
}
