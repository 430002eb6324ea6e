using Microsoft.Playwright;

namespace Sallyport.EndToEnd.Tests.Support;

/// <summary>What people do on the pages, step by step.</summary>
internal static class Steps
{
    /// <summary>Technician asks, admin approves, technician presses Connect. Ends on the session's page.</summary>
    /// <param name="minutes">How long; null: as the form has it.</param>
    /// <param name="arrived">What is on that page.</param>
    public static async Task ConnectAsync(IPage technician, IPage admin, string asset, string purpose, string request = "Request Terminal", string arrived = "#session", int? minutes = null)
    {
        await RevokeAllAsync(admin);
        await technician.GotoAsync(Demo.Url);
        await technician.Locator("tr", new() { HasText = asset }).GetByRole(AriaRole.Link, new() { Name = request, Exact = true }).ClickAsync();
        await technician.FillAsync("textarea", purpose);
        if (minutes is { } length)
        {
            await technician.GetByRole(AriaRole.Button, new() { Name = "Other" }).ClickAsync();
            await technician.FillAsync("input[type=number]", $"{length}");
        }

        await technician.GetByRole(AriaRole.Button, new() { Name = "Send the request" }).ClickAsync();
        await technician.GetByText("Every admin of your organisation").WaitForAsync();
        await admin.GotoAsync($"{Demo.Url}/approvals");
        await admin.Locator("article.card", new() { HasText = purpose }).GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await technician.GetByRole(AriaRole.Button, new() { Name = "Connect" }).ClickAsync();
        await technician.WaitForSelectorAsync(arrived);
    }

    /// <summary>Takes back what an earlier test was granted.</summary>
    public static async Task RevokeAllAsync(IPage admin)
    {
        await admin.GotoAsync($"{Demo.Url}/now");
        await admin.WaitForSelectorAsync(".empty, table");
        var revoke = admin.GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true });
        for (var left = await revoke.CountAsync(); left > 0; left = await revoke.CountAsync())
        {
            await revoke.First.ClickAsync();
            await admin.FillAsync(".dialog textarea", "Another test begins");
            await admin.GetByRole(AriaRole.Button, new() { Name = "Revoke the grant" }).ClickAsync();
            await Assertions.Expect(revoke).ToHaveCountAsync(left - 1);
        }
    }

    public static Task OpenAsync(IPage technician) => technician.WaitForSelectorAsync("#session[data-link=open]");

    /// <summary>Types a line and waits until its output shows.</summary>
    public static async Task TypeAsync(IPage technician, string line, string expected)
    {
        await technician.Locator("#terminal").ClickAsync();
        await technician.Keyboard.TypeAsync(line + "\n");
        await SeeAsync(technician, expected);
    }

    /// <summary>The replayed terminal is not cut, on a phone or on a laptop.</summary>
    public static async Task SeeWholeReplayAsync(IPage compliance)
    {
        foreach (var (width, height) in new[] { (390, 844), (1280, 800) })
        {
            await compliance.SetViewportSizeAsync(width, height);
            await compliance.WaitForFunctionAsync("""
                () => {
                  const [drawn, room] = ['.xterm-screen', '.player-screen'].map(s => document.querySelector(s).getBoundingClientRect());
                  return drawn.width > 100 && drawn.left >= room.left && drawn.right <= room.right && drawn.top >= room.top && drawn.bottom <= room.bottom;
                }
                """);
        }
    }

    public static Task SeeAsync(IPage technician, string expected, float seconds = 20) => technician.WaitForFunctionAsync(
        "text => { const b = window.sallyportTerminal.buffer.active; let s = ''; for (let i = 0; i < b.length; i++) s += b.getLine(i).translateToString(true) + '\\n'; return s.includes(text); }",
        expected,
        new() { Timeout = seconds * 1000 });

    public static Task<string> ScreenAsync(IPage technician) => technician.EvaluateAsync<string>(
        "() => { const b = window.sallyportTerminal.buffer.active; let s = ''; for (let i = 0; i < b.length; i++) s += b.getLine(i).translateToString(true) + '\\n'; return s; }");

    public static async Task EndAsync(IPage technician)
    {
        await technician.ClickAsync("[data-do=end]");
        await technician.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await EndedAsync(technician, "You ended the session");
    }

    public static async Task EndedAsync(IPage technician, string message)
    {
        await technician.WaitForSelectorAsync("#session[data-link=ended]");
        await Assertions.Expect(technician.Locator("#overlay")).ToContainTextAsync(message);
    }

    /// <summary>The asset's SSH banner as the gateway's own user sees it; null when nothing answers.</summary>
    public static Task<string?> BannerAsync(string address) => BannerAsync(address, "sallyport-gateway");

    /// <summary>The same as another user of the gateway's machine sees it.</summary>
    public static async Task<string?> BannerAsync(string address, string user)
    {
        var banner = await Demo.ShellAsync($"{As(user)} timeout 1.5 bash -c 'exec 3<>/dev/tcp/{address}/22 && head -n 1 <&3' || true");
        return banner.Length > 0 ? banner : null;
    }

    /// <summary>Whether the asset's port answers the gateway's own user.</summary>
    public static async Task<bool> AnswersAsync(string address, int port) =>
        await Demo.ShellAsync($"{As("sallyport-gateway")} timeout 1.5 bash -c 'exec 3<>/dev/tcp/{address}/{port} && echo yes' || true") == "yes";

    /// <summary>The words before a command that make it another user's.</summary>
    public static string As(string user) => $"setpriv --reuid={user} --regid=$(id -g {user}) --clear-groups";
}
