using Microsoft.AspNetCore.Components;
using Sallyport.Components.Tests.Support;
using Sallyport.Portal.Layout;

namespace Sallyport.Components.Tests.Layout;

public sealed class ConfirmButtonTests : BunitContext
{
    private readonly List<string> _confirmed = [];

    [Fact]
    public void Nothing_is_asked_before_the_button_is_pressed() => Assert.Empty(Show().FindAll("dialog"));

    [Fact]
    public void Dialog_names_what_is_hit_and_what_follows()
    {
        var page = Show();
        page.Button("End").Click();

        var dialog = page.Dialog();
        Assert.Equal("alertdialog", dialog.GetAttribute("role"));
        Assert.Equal("End Ann's session?", page.Find($"#{dialog.GetAttribute("aria-labelledby")}").Text());
        Assert.Contains("It is cut at once.", dialog.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Focus_is_on_the_button_that_does_nothing()
    {
        var page = Show();
        page.Button("End").Click();

        Assert.Equal("Cancel", page.Find("[autofocus]").Text());
    }

    [Fact]
    public void Cancel_does_nothing_and_closes()
    {
        var page = Show();
        page.Button("End").Click();
        page.Button("Cancel").Click();

        Assert.Empty(page.FindAll("dialog"));
        Assert.Empty(_confirmed);
    }

    [Theory]
    [InlineData("oncancel")]
    [InlineData("onclose")]
    public async Task Escape_does_nothing_and_closes(string happens)
    {
        var page = Show();
        page.Button("End").Click();
        await page.Dialog().TriggerEventAsync(happens, EventArgs.Empty);

        Assert.Empty(page.FindAll("dialog"));
        Assert.Empty(_confirmed);
    }

    [Fact]
    public async Task Confirming_does_it_once_and_closes()
    {
        var page = Show();
        page.Button("End").Click();
        await page.Button("End the session").ClickAsync(new());

        Assert.Equal([""], _confirmed);
        Assert.Empty(page.FindAll("dialog"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    public void Without_a_reason_that_is_needed_it_cannot_be_confirmed(string reason)
    {
        var page = Show("Why?");
        page.Button("End").Click();
        page.Field("Why?").Input(reason);

        Assert.True(page.Button("End the session").IsDisabled());
    }

    [Fact]
    public async Task Reason_is_handed_on_without_spaces_around_it_and_is_not_there_the_next_time()
    {
        var page = Show("Why?");
        page.Button("End").Click();
        page.Field("Why?").Input("  The shift is over ");
        await page.Button("End the session").ClickAsync(new());

        Assert.Equal(["The shift is over"], _confirmed);
        page.Button("End").Click();
        Assert.True(page.Button("End the session").IsDisabled());
    }

    [Fact]
    public void While_it_is_done_it_cannot_be_pressed_again()
    {
        var done = new TaskCompletionSource();
        var page = Render<ConfirmButton>(p => p.Add(c => c.Title, "End?").Add(c => c.Text, "").Add(c => c.Confirm, "End the session").Add(c => c.OnConfirm, (string _) => done.Task).AddChildContent("End"));
        page.Button("End").Click();
        _ = page.Button("End the session").ClickAsync(new());

        page.WaitForState(() => page.Button("End the session").IsDisabled());
        Assert.True(page.Button("End").IsDisabled());
        done.SetResult();
        page.WaitForState(() => page.FindAll("dialog").Count == 0);
        Assert.False(page.Button("End").IsDisabled());
    }

    private IRenderedComponent<ConfirmButton> Show(string? askReason = null) => Render<ConfirmButton>(p => p
        .Add(c => c.Title, "End Ann's session?").Add(c => c.Text, "It is cut at once.").Add(c => c.Confirm, "End the session").Add(c => c.AskReason, askReason)
        .Add(c => c.OnConfirm, EventCallback.Factory.Create<string>(this, _confirmed.Add)).AddChildContent("End"));
}
