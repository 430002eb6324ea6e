using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>A panel under a real VNC server, worked, watched and replayed in real browsers.</summary>
[Collection(DemoCollection.Name)]
public sealed class ScreenTests(Demo demo) : BrowserTests(demo)
{
    // Where the demo panel's buttons are, as parts of its screen.
    private static readonly (double X, double Y) Pump = (0.80, 0.13);
    private static readonly (double X, double Y) Jog = (0.80, 0.37);
    private static readonly (double X, double Y) SetPoint = (0.836, 0.502);

    private string Pressed => Path.Combine(demo.Data, "plant", $"{Demo.Prefix}-mixer1", "pressed");

    [Fact]
    public async Task A_panel_is_seen_worked_watched_recorded_and_replayed()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        await Steps.ConnectAsync(technician, admin, "Mixer panel", "Empty the mixer", "Request Screen");
        await technician.WaitForSelectorAsync("#session[data-picture=shown]");

        await ClickAsync(technician, Pump);
        await PressedAsync("pump on");
        await ClickAsync(technician, SetPoint);
        await technician.WaitForTimeoutAsync(500);
        await technician.Keyboard.TypeAsync("72\n");
        await PressedAsync("setpoint 72");

        await admin.GotoAsync($"{Demo.Url}/now");
        var watcher = await admin.RunAndWaitForPopupAsync(() => admin.GetByRole(AriaRole.Link, new() { Name = "Watch" }).First.ClickAsync());
        await watcher.WaitForSelectorAsync("#session[data-picture=shown]");
        await technician.GetByText("Watched by Demo admin").WaitForAsync();

        // Who watches cannot press.
        var before = await File.ReadAllTextAsync(Pressed);
        await ClickAsync(watcher, Pump);
        await ClickAsync(technician, Pump);
        await PressedAsync("pump off");
        Assert.Equal(before + "pump off\n", await File.ReadAllTextAsync(Pressed));
        await watcher.CloseAsync();

        // For as long as a look at the video every half second is sure to find it.
        await Task.Delay(TimeSpan.FromSeconds(1.5));

        await Steps.EndAsync(technician);
        var compliance = await demo.SignInAsync("compliance");
        await compliance.GotoAsync($"{Demo.Url}/recordings");
        await compliance.FillAsync("input[type=search]", "Empty the mixer");
        await compliance.GetByRole(AriaRole.Link, new() { Name = "Replay" }).First.ClickAsync();
        await compliance.WaitForSelectorAsync("#player[data-ready=true]");
        await compliance.EvaluateAsync("() => window.sallyportPlayer.seek(window.sallyportPlayer.duration)");

        // The pump is off again, and its button grey; right before the press that switched it off, it was green.
        await compliance.WaitForFunctionAsync(Colour(Pump), Grey);
        var on = await compliance.EvaluateAsync<double>("() => { const b = [...document.querySelectorAll('#typed button')].findLast(x => x.textContent.includes('click')); b.click(); return window.sallyportPlayer.position - 100; }");
        await compliance.EvaluateAsync("at => window.sallyportPlayer.seek(at)", on);
        await compliance.WaitForFunctionAsync(Colour(Pump), Green);
        Assert.Contains("72", await compliance.InnerTextAsync("#typed"), StringComparison.Ordinal);
        Assert.Contains("Watched by Demo admin", await compliance.InnerTextAsync("#typed"), StringComparison.Ordinal);
        await compliance.ClickAsync("#verify");
        await compliance.GetByText("Intact: all").WaitForAsync();
        Assert.NotEqual("0", await demo.QueryAsync("select count(*) from audit.entries where action = 'session.watch'"));
        await PeekAsync(compliance);
        await ExportAsync(compliance);
    }

    // The heat strip says where something happened, and the picture of a moment is there before anybody goes to it.
    private static async Task PeekAsync(IPage compliance)
    {
        await compliance.WaitForSelectorAsync("#strip[data-thumbnails=shown]");
        Assert.NotEqual(0, await compliance.Locator("#activity .change").CountAsync());
        Assert.NotEqual(0, await compliance.Locator("#activity .pressed").CountAsync());
        await compliance.HoverAsync("#seek");
        await compliance.Locator("#peek").WaitForAsync();
    }

    // As another program sees it: the pump was on in some picture of it, and off in the last.
    private static async Task ExportAsync(IPage compliance)
    {
        await compliance.UncheckAsync("#video-form input[name=skipIdle]");
        await compliance.GetByRole(AriaRole.Button, new() { Name = "Make video" }).ClickAsync();

        // Who comes back to the page finds it where it is.
        await compliance.WaitForSelectorAsync("#export:is([data-stage=waiting], [data-stage=checking], [data-stage=making], [data-stage=done])");
        await compliance.ReloadAsync();
        await compliance.WaitForSelectorAsync("#player[data-ready=true]");
        await compliance.WaitForSelectorAsync("#export[data-stage=done]", new() { Timeout = 120_000 });
        var download = await compliance.RunAndWaitForDownloadAsync(() => compliance.GetByRole(AriaRole.Link, new() { Name = "Download video" }).ClickAsync());
        var file = await download.PathAsync();
        Assert.EndsWith(".mp4", download.SuggestedFilename, StringComparison.Ordinal);

        var duration = await compliance.EvaluateAsync<double>("() => window.sallyportPlayer.duration") / 1000;
        var length = await VideoFile.LengthAsync(file);
        Assert.InRange(length, duration - 1.5, duration + 1.5);
        var colours = new List<string>();
        for (var at = 0.5; at < length; at += 0.5)
        {
            colours.Add(await VideoFile.ColourAsync(file, at, Pump));
        }

        Assert.Contains(Green, colours);
        Assert.Equal(Grey, colours.FindLast(colour => colour != VideoFile.None));
    }

    [Fact]
    public async Task Control_is_asked_for_and_given_by_the_plant_and_a_dropped_link_lets_go_of_the_jog_button()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        var plant = await demo.SignInAsync("operator");
        await Steps.ConnectAsync(technician, admin, "Mixer panel", "Jog the blade", "Request Screen, control on request");
        await technician.WaitForSelectorAsync("#session[data-picture=shown]");
        var before = await File.ReadAllTextAsync(Pressed);
        await ClickAsync(technician, Jog);

        await technician.ClickAsync("#ask-control");
        await plant.GotoAsync($"{Demo.Url}/releases");
        await plant.GetByRole(AriaRole.Button, new() { Name = "Give control" }).ClickAsync();
        await technician.WaitForSelectorAsync("#session[data-control=held]");
        Assert.Equal(before, await File.ReadAllTextAsync(Pressed));

        var (x, y) = await PlaceAsync(technician, Jog);
        await technician.Mouse.MoveAsync(x, y);
        await technician.Mouse.DownAsync();
        await PressedAsync("jog down");
        await technician.Context.SetOfflineAsync(true);
        await technician.CloseAsync();
        await PressedAsync("jog up");
    }

    [Fact]
    public async Task A_terminal_is_watched_from_where_it_is_and_ended_by_who_watches()
    {
        var technician = await demo.SignInAsync("technician");
        var admin = await demo.SignInAsync("admin");
        var compliance = await demo.SignInAsync("compliance");
        await Steps.ConnectAsync(technician, admin, "Edge box", "Be watched");
        await Steps.OpenAsync(technician);
        await Steps.TypeAsync(technician, "echo before-$((40+2))", "before-42");

        await compliance.GotoAsync($"{Demo.Url}/now");
        var watcher = await compliance.RunAndWaitForPopupAsync(() => compliance.Locator("tr", new() { HasText = "Be watched" }).GetByRole(AriaRole.Link, new() { Name = "Watch" }).ClickAsync());
        await Steps.OpenAsync(watcher);
        await Steps.SeeAsync(watcher, "before-42");
        await Steps.TypeAsync(technician, "echo after-$((40+3))", "after-43");
        await Steps.SeeAsync(watcher, "after-43");

        await watcher.ClickAsync("[data-do=end]");
        await watcher.FillAsync("dialog textarea", "Enough");
        await watcher.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await Steps.EndedAsync(technician, "A reviewer ended the session: Enough");
    }

    private const string Green = "green";
    private const string Grey = "grey";

    // A place beside the button's words; the wait ends when it has the colour.
    private static string Colour((double X, double Y) place) =>
        $$"""
        colour => {
          const canvas = document.querySelector('.screen-replay');
          const [r, g, b] = canvas.getContext('2d').getImageData(Math.round(canvas.width * {{place.X.ToString(System.Globalization.CultureInfo.InvariantCulture)}}) - 70, Math.round(canvas.height * {{place.Y.ToString(System.Globalization.CultureInfo.InvariantCulture)}}) - 20, 1, 1).data;
          return (g > r + 30 && g > b + 30 ? 'green' : Math.abs(r - g) < 12 && Math.abs(g - b) < 12 ? 'grey' : 'other') === colour;
        }
        """;

    private static async Task ClickAsync(IPage page, (double X, double Y) place)
    {
        var (x, y) = await PlaceAsync(page, place);
        await page.Mouse.ClickAsync(x, y);
    }

    private static async Task<(float X, float Y)> PlaceAsync(IPage page, (double X, double Y) place)
    {
        var box = await page.Locator("#screen canvas").BoundingBoxAsync();
        return ((float)(box!.X + (box.Width * place.X)), (float)(box.Y + (box.Height * place.Y)));
    }

    private Task PressedAsync(string what) =>
        Eventually.HoldsAsync($"the panel was told: {what}", async () => File.Exists(Pressed) && (await File.ReadAllLinesAsync(Pressed)).LastOrDefault() == what, TimeSpan.FromSeconds(15));
}
