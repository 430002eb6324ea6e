using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Sallyport.Benchmarks.Rig;

namespace Sallyport.Benchmarks.Installation;

/// <summary>
/// What the portal's process holds while 20 pages of four people are open in real browsers for two hours and each goes to
/// another page once a minute; nothing is collected for it but what the runtime collects by itself.
/// </summary>
/// <remarks>Only when it is named: it takes as long as it says.</remarks>
internal sealed class PortalMemory : IBenchmark
{
    private const int PagesOfOne = 5;
    private const double AimGrowth = 1.05;
    private static readonly TimeSpan Whole = TimeSpan.FromHours(2);
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Settle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BetweenMoves = TimeSpan.FromSeconds(3);

    public string Name => "portal-memory";

    public bool NeedsInstallation => true;

    public bool OnlyWhenNamed => true;

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var installation = await DemoInstallation.StartAsync(cancellationToken);
        var empty = ProcessUsage.MemoryOf(installation.PortalProcessId);
        var pages = new List<IPage>();
        foreach (var user in (string[])["technician", "admin", "compliance", "operator"])
        {
            var first = await installation.SignInAsync(user);
            pages.Add(first);
            while (pages.Count % PagesOfOne != 0)
            {
                var another = await first.Context.NewPageAsync();
                await another.GotoAsync(DemoInstallation.Url);
                pages.Add(another);
            }
        }

        var rows = new List<Row> { Row("before anybody signed in", empty, empty) };
        var held = new List<(TimeSpan At, long Resident, long Private)>();
        var start = Stopwatch.StartNew();
        for (var turn = 0; held.Count <= Whole / Step; turn++)
        {
            await GoOnAsync(pages[turn % pages.Count], turn / pages.Count);
            if (start.Elapsed >= Settle + held.Count * Step)
            {
                var now = ProcessUsage.MemoryOf(installation.PortalProcessId);
                held.Add((start.Elapsed, now.Resident, now.Private));
                rows.Add(Row(string.Create(CultureInfo.InvariantCulture, $"after {start.Elapsed.TotalMinutes:0} min"), now, empty));
                Console.Error.WriteLine(Table.Plain([rows[^1]]).Split('\n')[1]);
            }

            await Task.Delay(BetweenMoves, cancellationToken);
        }

        var growth = (double)held[^1].Resident / held[held.Count / 2].Resident;
        rows.Add(new Row("the end against half time", string.Create(CultureInfo.InvariantCulture, $"{growth:0.00}"), "", "", "< 1.05", growth < AimGrowth));
        return rows;
    }

    private static async Task GoOnAsync(IPage page, int round)
    {
        var links = page.Locator("nav.nav a");
        await links.Nth(round % await links.CountAsync()).ClickAsync();
        await page.WaitForSelectorAsync("h1");
    }

    private static Row Row(string when, (long Resident, long Private) now, (long Resident, long Private) empty) => new(
        $"portal with {4 * PagesOfOne} pages open, {when}",
        string.Create(CultureInfo.InvariantCulture, $"{now.Resident / 1e6:0} MB, of it {now.Private / 1e6:0} MB its own"),
        "",
        string.Create(CultureInfo.InvariantCulture, $"{(now.Resident - empty.Resident) / 1e6:+0;-0;0} MB"));
}
