using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sallyport.EndToEnd.Tests.Support;

namespace Sallyport.EndToEnd.Tests;

/// <summary>The real thing, without demo data, from its first minute.</summary>
public sealed partial class FirstRunTests(FirstRunTests.Fresh installation) : IClassFixture<FirstRunTests.Fresh>
{
    [Fact]
    public async Task The_first_admin_is_made_with_the_code_from_the_log_and_only_once()
    {
        Assert.Equal("0", await installation.QueryAsync("select count(*) from plants"));
        var page = await installation.OpenBrowserAsync();
        await page.GotoAsync($"{Installation.Url}/first-run");
        await FillAsync(page, "not-the-code");
        await page.GetByText("This is not the code from the log").WaitForAsync();

        var log = Path.Combine(installation.Data, "log/portal.log");
        Assert.False(File.GetUnixFileMode(log).HasFlag(UnixFileMode.OtherRead), "everybody on the machine can read the code");
        var code = CodeInLog().Match(await File.ReadAllTextAsync(log)).Groups["code"].Value;
        await FillAsync(page, code);
        await Installation.SignInAsync(page, "first", "a long enough password");
        await page.GotoAsync($"{Installation.Url}/plants");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a plant" }).First.WaitForAsync();
        await page.GotoAsync($"{Installation.Url}/overlay");
        foreach (var component in (string[])["hub", "gateway"])
        {
            await Assertions.Expect(page.Locator($"tr:has(small:text-is('{component}'))").GetByText("connected", new() { Exact = true })).ToBeVisibleAsync();
        }

        await page.GotoAsync($"{Installation.Url}/first-run");
        await page.GetByText("Already set up").WaitForAsync();
        Assert.Equal("1", await installation.QueryAsync("select count(*) from audit.entries where action = 'first-admin'"));
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("hub")]
    public async Task An_enrollment_code_is_in_no_processs_arguments_or_environment_and_its_file_goes_with_it(string component)
    {
        var pid = int.Parse(await File.ReadAllTextAsync(Path.Combine(installation.Data, $"run/{component}.pid")));

        // The environment was the argument list of the "env" that set it.
        Assert.DoesNotContain("EnrollmentCode", await File.ReadAllTextAsync($"/proc/{pid}/environ"), StringComparison.Ordinal);
        Assert.DoesNotContain("EnrollmentCode", await File.ReadAllTextAsync($"/proc/{pid}/cmdline"), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(installation.Data, component, "component.json")));
        Assert.False(File.Exists(Path.Combine(installation.Data, component, "enrollment-code")));
    }

    private static async Task FillAsync(IPage page, string code)
    {
        await page.FillAsync("[name=code]", code);
        await page.FillAsync("[name=organisation]", "Demo organisation");
        await page.FillAsync("[name=name]", "First admin");
        await page.FillAsync("[name=userName]", "first");
        await page.FillAsync("[name=password]", "a long enough password");
        await page.ClickAsync("button[type=submit]");
    }

    [GeneratedRegex(@"first-run code: (?<code>\S+)", RegexOptions.ExplicitCapture)]
    private static partial Regex CodeInLog();

    public sealed class Fresh() : Installation();
}
