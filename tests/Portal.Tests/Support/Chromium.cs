using Microsoft.Playwright;

namespace Sallyport.Portal.Tests.Support;

/// <summary>A real browser, for what only one does: it runs circuits.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>A new profile in which this user is signed in, on this page.</summary>
    public async Task<IPage> SignedInAsync(PortalInstance portal, TestUser user, string path = "/")
    {
        var page = await NewPageAsync();
        await SignInAsync(page, portal, user, path);
        return page;
    }

    /// <summary>A new profile in which nobody is signed in.</summary>
    public async Task<IPage> NewPageAsync()
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });
        return await context.NewPageAsync();
    }

    public static async Task SignInAsync(IPage page, PortalInstance portal, TestUser user, string path)
    {
        await page.GotoAsync($"{portal.Url}/sign-in?returnUrl={Uri.EscapeDataString(path)}");
        await page.FillAsync("[name=userName]", user.UserName);
        await page.FillAsync("[name=password]", user.Password);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForURLAsync(portal.Url + path);
    }
}
