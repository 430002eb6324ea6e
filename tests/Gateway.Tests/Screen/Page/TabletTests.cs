using Microsoft.Playwright;
using Sallyport.Gateway.Tests.Screen.Sessions;
using Sallyport.Gateway.Tests.Web;

namespace Sallyport.Gateway.Tests.Screen.Page;

/// <summary>The session page on a tablet: real Chromium with fingers, noVNC, the gateway, and the demo's panel under a real Xvnc.</summary>
public sealed class TabletTests(Chromium chromium) : IClassFixture<Chromium>, IAsyncLifetime
{
    // Where the panel's buttons are, as parts of its screen.
    private static readonly (double X, double Y) Pump = (0.80, 0.13);
    private static readonly (double X, double Y) Jog = (0.80, 0.37);
    private static readonly (double X, double Y) SetPoint = (0.836, 0.502);

    private MixerPanel _panel = null!;
    private ScreenGateway _gateway = null!;
    private IPage _page = null!;
    private ICDPSession _touch = null!;

    public async Task InitializeAsync()
    {
        _panel = await MixerPanel.StartAsync();
        _gateway = await ScreenGateway.StartAsync(_panel.Port, map: SessionPages.Map);
        _page = await chromium.NewPageAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 820, Height = 1180 }, HasTouch = true, IsMobile = true, DeviceScaleFactor = 1 });
        _touch = await _page.Context.NewCDPSessionAsync(_page);
        await SessionPages.OpenAsync(_page, _gateway);
    }

    public async Task DisposeAsync()
    {
        await _page.Context.CloseAsync();
        await _gateway.DisposeAsync();
        await _panel.DisposeAsync();
    }

    [Fact]
    public async Task A_finger_that_stays_holds_the_button_and_lets_go_when_it_is_lifted()
    {
        var jog = await PlaceAsync(Jog);
        await DownAsync(jog);
        await PressedAsync("jog down");
        await MoveAsync((jog.X + 3, jog.Y + 3));
        Assert.Equal("jog down", _panel.Pressed[^1]);
        await UpAsync();
        await PressedAsync("jog up");
    }

    [Fact]
    public async Task A_finger_whose_link_drops_lets_go_and_presses_again_only_when_it_was_lifted()
    {
        var jog = await PlaceAsync(Jog);
        await DownAsync(jog);
        await PressedAsync("jog down");

        // The gateway hears nothing of the finger any more.
        _gateway.DropLinks();
        await PressedAsync("jog up");
        await _page.WaitForSelectorAsync("#session[data-link=dropped]");
        await _page.WaitForSelectorAsync("#session[data-link=open]");
        await MoveAsync((jog.X + 5, jog.Y));
        await UpAsync();
        await DownAsync(await PlaceAsync(Pump));
        await UpAsync();
        await PressedAsync("pump on");

        Assert.Equal(["jog down", "jog up", "pump on"], _panel.Pressed);
    }

    [Fact]
    public async Task A_finger_that_the_browser_takes_away_presses_nothing()
    {
        await DownAsync(await PlaceAsync(Pump));
        await SendAsync("touchCancel", []);
        await DownAsync(await PlaceAsync(Jog));
        await PressedAsync("jog down");
        await SendAsync("touchCancel", []);
        await PressedAsync("jog up");

        Assert.Equal(["jog down", "jog up"], _panel.Pressed);
    }

    [Fact]
    public async Task Two_fingers_zoom_without_pressing_and_one_finger_then_hits_what_it_shows()
    {
        var (x, y) = await PlaceAsync(Jog);
        var before = await WidthAsync();
        await DownAsync((x, y));
        await DownAsync((x, y), (x + 40, y + 40));
        for (var step = 1; step <= 10; step++)
        {
            await MoveAsync((x - (step * 4), y - (step * 4)), (x + 40 + (step * 4), y + 40 + (step * 4)));
        }

        await UpAsync((x - 40, y - 40));
        await UpAsync();
        Assert.True(await WidthAsync() > before * 1.5);
        await DownAsync(await PlaceAsync(Jog));
        await PressedAsync("jog down");
        await UpAsync();
        await PressedAsync("jog up");
        Assert.Equal(["jog down", "jog up"], _panel.Pressed);

        await _page.ClickAsync("[data-do=fit]");
        Assert.Equal(before, await WidthAsync());
    }

    [Fact]
    public async Task As_a_touchpad_a_finger_moves_the_pointer_a_tap_clicks_and_a_tap_that_stays_holds()
    {
        await _page.ClickAsync("[data-do=touchpad]");
        var (from, to) = (await PlaceAsync((0.5, 0.5)), await PlaceAsync(Jog));
        await DownAsync((200, 900));
        for (var step = 1; step <= 10; step++)
        {
            await MoveAsync((200 + ((to.X - from.X) * step / 10), 900 + ((to.Y - from.Y) * step / 10)));
        }

        await UpAsync();
        var dot = await _page.Locator("#pad-pointer").BoundingBoxAsync();
        Assert.True(Math.Abs(dot!.X - to.X) < 3 && Math.Abs(dot.Y - to.Y) < 3, $"The pointer shows at {dot.X}, {dot.Y} instead of {to}.");

        await DownAsync((300, 1000));
        await UpAsync();
        await PressedAsync("jog up");
        await DownAsync((300, 1000));

        // At once: however busy the machine is, no more than a moment lies between the two.
        await Task.WhenAll(UpAsync(), DownAsync((300, 1000)));
        await Eventually.HoldsAsync("a tap that stays holds", () => _panel.Pressed is [_, _, _, "jog up", "jog down"]);
        await UpAsync();
        await PressedAsync("jog up");
        Assert.Equal(["jog down", "jog up", "jog down", "jog up", "jog down", "jog up"], _panel.Pressed);
    }

    [Fact]
    public async Task A_number_is_entered_with_the_pad_of_numbers()
    {
        await TapAsync(SetPoint);
        await _page.ClickAsync("[data-do=numpad]");
        foreach (var key in new[] { "Backspace", "Backspace", "4", "2", "Enter" })
        {
            await _page.Locator($"#numpad [data-key='{key}']").TapAsync();
        }

        await PressedAsync("setpoint 42");
    }

    [Fact]
    public async Task Everything_that_a_finger_hits_is_large_enough_and_the_bar_fits()
    {
        await _page.ClickAsync("[data-do=numpad]");
        var small = await _page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('#session button, #session summary, #session a, #session select')]
              .filter(e => e.offsetParent && !e.closest('[hidden]'))
              .map(e => [e, e.getBoundingClientRect()])
              .filter(([e, r]) => r.height < 44 || r.width < 44)
              .map(([e, r]) => `${e.dataset.do ?? e.dataset.key ?? e.title} ${Math.round(r.width)} x ${Math.round(r.height)}`)
            """);
        Assert.Empty(small);
        Assert.True(await _page.EvaluateAsync<bool>("() => document.querySelector('.session-bar').scrollWidth <= innerWidth && document.querySelector('.session-bar [data-do=end]').getBoundingClientRect().right <= innerWidth"));
    }

    [Fact]
    public async Task What_the_tablets_keyboard_types_goes_to_the_panel()
    {
        await TapAsync(SetPoint);
        await _page.Locator("#text-entry").TapAsync();
        await _page.Keyboard.PressAsync("Backspace");
        await _page.Keyboard.PressAsync("Backspace");
        await _page.Keyboard.TypeAsync("42");
        await _page.Keyboard.PressAsync("Enter");

        await PressedAsync("setpoint 42");
        Assert.Equal(["@", "\\", "{", "}", "[", "]", "|", "~", "€"], await _page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('#keys [data-key]')].map(e => e.dataset.key).filter(key => key.length === 1)"));
    }

    [Theory]
    [InlineData(820)]
    [InlineData(390)]
    public async Task Name_and_End_stay_on_the_screen_and_the_picture_stays_where_it_is_whatever_the_bar_says(int width)
    {
        await _page.SetViewportSizeAsync(width, 844);

        // noVNC fits the picture to the new window a moment later.
        await _page.WaitForFunctionAsync(
            """
            () => {
              const [drawn, room] = ['#screen canvas', '#screen-area'].map(s => document.querySelector(s).getBoundingClientRect());
              return drawn.width <= room.width + 1 && drawn.height <= room.height + 1 && (room.width - drawn.width < 2 || room.height - drawn.height < 2);
            }
            """);
        var before = await TopAsync();
        await _page.EvaluateAsync(
            """
            () => {
              const show = (id, text) => { const e = document.getElementById(id); e.hidden = false; e.textContent = text; };
              show('link-state', 'Link dropped 120 s ago, trying again…');
              show('age', 'picture 120 s old');
              show('reduced', 'fewer colours');
              show('watchers', 'Watched by Demo admin, Demo compliance');
              show('control-state', 'You have control');
              show('ask-control', 'Give control back');
              show('banner', 'Demo operator did not give you control, or took it back. Five minutes left, then the session ends.');
            }
            """);

        Assert.Equal(before, await TopAsync());
        foreach (var what in new[] { "h1", "[data-do=end]", "#time-left", "#ask-control" })
        {
            var box = await _page.Locator($".session-bar {what}").BoundingBoxAsync();
            Assert.True(box is { X: >= 0, Width: >= 30 } && box.X + box.Width <= width, $"{what} is at {box?.X} and {box?.Width} wide in {width}.");
        }
    }

    private Task<double> TopAsync() => _page.Locator("#screen canvas").First.EvaluateAsync<double>("e => e.getBoundingClientRect().top");

    private Task<double> WidthAsync() => _page.Locator("#screen canvas").First.EvaluateAsync<double>("e => e.getBoundingClientRect().width");

    private async Task TapAsync((double X, double Y) place)
    {
        await DownAsync(await PlaceAsync(place));
        await UpAsync();
    }

    private async Task PressedAsync(string what) => await Eventually.HoldsAsync(what, () => _panel.Pressed.LastOrDefault() == what);

    private async Task<(double X, double Y)> PlaceAsync((double X, double Y) place)
    {
        var box = await _page.Locator("#screen canvas").First.BoundingBoxAsync();
        return (box!.X + (box.Width * place.X), box.Y + (box.Height * place.Y));
    }

    private async Task DownAsync(params (double X, double Y)[] fingers) => await SendAsync("touchStart", fingers);

    private async Task MoveAsync(params (double X, double Y)[] fingers) => await SendAsync("touchMove", fingers);

    private async Task UpAsync(params (double X, double Y)[] left) => await SendAsync("touchEnd", left);

    private async Task SendAsync(string type, (double X, double Y)[] fingers) => await _touch.SendAsync(
        "Input.dispatchTouchEvent",
        new Dictionary<string, object>(StringComparer.Ordinal) { ["type"] = type, ["touchPoints"] = fingers.Select((f, i) => new { x = f.X, y = f.Y, id = i }).ToArray() });
}
