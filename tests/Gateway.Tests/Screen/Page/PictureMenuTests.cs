using Microsoft.Playwright;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Screen.Sessions;
using Sallyport.Gateway.Tests.Web;

namespace Sallyport.Gateway.Tests.Screen.Page;

/// <summary>What the session page's bar does to the picture and to text: real Chromium, noVNC, the gateway, and a real Xvnc.</summary>
public sealed class PictureMenuTests(Chromium chromium) : IClassFixture<Chromium>, IAsyncLifetime
{
    private const int Width = 160;
    private const int Height = 120;

    private XServer _server = null!;
    private ScreenGateway _gateway = null!;
    private IPage _page = null!;

    public async Task InitializeAsync()
    {
        _server = await XServer.StartAsync(width: Width, height: Height, options: "-nocursor");
        _gateway = await ScreenGateway.StartAsync(_server.Port, new ScreenSettings { Clipboard = ClipboardPolicy.Both, FreshSeconds = 0 }, map: SessionPages.Map);
        _page = await chromium.NewPageAsync();
        await SessionPages.OpenAsync(_page, _gateway);
    }

    public async Task DisposeAsync()
    {
        await _page.Context.CloseAsync();
        await _gateway.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Low_data_shows_fewer_colours_and_says_so_until_automatic_or_full_colour_brings_them_all_and_the_choice_is_kept()
    {
        await ChooseAsync("Low data");
        await _server.ShowAsync(Width, Height, Pictures.Panel(Width, Height));
        await Assertions.Expect(_page.Locator("#reduced")).ToBeVisibleAsync();
        Assert.NotEqual(Pictures.Panel(Width, Height), await ShownAsync());

        await ChooseAsync("Automatic");
        await ShowsAllAsync();

        // The choice holds for what this device shows next.
        await ChooseAsync("Low data");
        await _page.ReloadAsync();
        await _page.WaitForSelectorAsync("#session[data-link=open][data-picture=shown]");
        await Assertions.Expect(_page.Locator("#picture-menu input[value=low]")).ToBeCheckedAsync();
        await Assertions.Expect(_page.Locator("#reduced")).ToBeVisibleAsync();
        await ChooseAsync("Full colour");
        await ShowsAllAsync();
        Assert.Equal("full", await _page.EvaluateAsync<string>("() => localStorage.getItem('colours')"));
    }

    [Fact]
    public async Task Text_of_any_script_passes_both_ways()
    {
        const string Text = "Уровень 液位 🔧";
        await _page.EvaluateAsync("() => { window.heard = []; sallyportScreen.rfb.addEventListener('clipboard', (event) => heard.push(event.detail.text)); }");

        await _page.EvaluateAsync("(text) => sallyportScreen.rfb.clipboardPasteFrom(text)", Text);
        await Eventually.HoldsAsync("the text at the asset", async () => await _server.ClipboardAsync() == Text);

        await _server.CopyAsync(Text + " ← панель");
        await _page.WaitForFunctionAsync("(text) => heard.includes(text)", Text + " ← панель");
    }

    private async Task ChooseAsync(string choice)
    {
        await _page.ClickAsync("#picture-menu summary");
        await _page.GetByLabel(choice).CheckAsync();
        await Assertions.Expect(_page.Locator("#picture-menu")).Not.ToHaveAttributeAsync("open", "");
    }

    private async Task ShowsAllAsync()
    {
        var expected = Pictures.Panel(Width, Height);
        await Eventually.HoldsAsync("all colours", async () => (await ShownAsync()).SequenceEqual(expected));

        await Assertions.Expect(_page.Locator("#reduced")).ToBeHiddenAsync();
    }

    private async Task<uint[]> ShownAsync() => [.. (await _page.EvaluateAsync<long[]>(
        """
        () => {
          const data = sallyportScreen.rfb.getImageData().data;
          return Array.from({ length: data.length / 4 }, (_, i) => 0xFF000000 + data[4 * i] * 65536 + data[4 * i + 1] * 256 + data[4 * i + 2]);
        }
        """)).Select(pixel => (uint)pixel)];
}
