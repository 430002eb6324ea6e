using System.Text.RegularExpressions;
using AngleSharp.Dom;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Sallyport.Components.Tests.Support;

/// <summary>A page as a person reads it: by what it says, and by the names of its buttons, links and fields.</summary>
internal static partial class Reading
{
    /// <summary>The whole text, with single spaces.</summary>
    public static string Text(this IRenderedComponent<IComponent> page) => Spaces().Replace(string.Concat(page.Nodes.Select(Read)), " ").Trim();

    public static string Text(this IElement element) => Spaces().Replace(Read(element), " ").Trim();

    public static bool Says(this IRenderedComponent<IComponent> page, string text) => page.Text().Contains(text, StringComparison.Ordinal);

    /// <summary>Waits until it says so.</summary>
    public static void Until(this IRenderedComponent<IComponent> page, string text) => page.WaitForState(() => page.Says(text));

    /// <summary>The one button of that name: its label, or what is in it.</summary>
    public static IElement Button(this IRenderedComponent<IComponent> page, string name) => Assert.Single(page.Buttons(name));

    public static IReadOnlyList<IElement> Buttons(this IRenderedComponent<IComponent> page, string name) => [.. page.FindAll("button").Where(button => Name(button) == name)];

    public static IElement Link(this IRenderedComponent<IComponent> page, string name) => Assert.Single(page.Links(name));

    public static IReadOnlyList<IElement> Links(this IRenderedComponent<IComponent> page, string name) => [.. page.FindAll("a").Where(link => Name(link) == name)];

    /// <summary>The one field whose label begins so.</summary>
    public static IElement Field(this IRenderedComponent<IComponent> page, string label) => Assert.Single(page.Fields(label));

    public static IReadOnlyList<IElement> Fields(this IRenderedComponent<IComponent> page, string label) =>
        [.. page.FindAll("label").Where(l => l.Text().StartsWith(label, StringComparison.Ordinal)).Select(l => l.QuerySelector("input, select, textarea")).OfType<IElement>()];

    /// <summary>The smallest part of a list of its kind that says so: a row, a card.</summary>
    public static IElement Part(this IRenderedComponent<IComponent> page, string selector, string text) => Assert.Single(page.FindAll(selector), part => part.Text().Contains(text, StringComparison.Ordinal));

    public static IElement Button(this IElement part, string name) => Assert.Single(part.QuerySelectorAll("button"), button => Name(button) == name);

    public static bool HasButton(this IElement part, string name) => part.QuerySelectorAll("button").Any(button => Name(button) == name);

    /// <summary>What is said at once to somebody who hears the page; null: nothing.</summary>
    public static string? Alert(this IRenderedComponent<IComponent> page) => page.FindAll("[role=alert]") is { Count: > 0 } alerts ? string.Join(" ", alerts.Select(alert => alert.Text())) : null;

    /// <summary>The dialog that is open.</summary>
    public static IElement Dialog(this IRenderedComponent<IComponent> page) => Assert.Single(page.FindAll("dialog"));

    // Looked for and used without anything rendered in between.

    public static Task PressAsync(this IRenderedComponent<IComponent> page, string button) => page.InvokeAsync(() => page.Button(button).ClickAsync(new MouseEventArgs()));

    /// <summary>The button of that name in the part that says so.</summary>
    public static Task PressAsync(this IRenderedComponent<IComponent> page, string selector, string text, string button) =>
        page.InvokeAsync(() => page.Part(selector, text).Button(button).ClickAsync(new MouseEventArgs()));

    /// <summary>Types it, and stays in the field.</summary>
    public static Task TypeAsync(this IRenderedComponent<IComponent> page, string label, string text) => page.InvokeAsync(() => page.Field(label).InputAsync(new ChangeEventArgs { Value = text }));

    /// <summary>Enters it and leaves the field.</summary>
    public static Task EnterAsync(this IRenderedComponent<IComponent> page, string label, object value) => page.InvokeAsync(() => page.Field(label).ChangeAsync(new ChangeEventArgs { Value = value }));

    public static Task SubmitAsync(this IRenderedComponent<IComponent> page, string form = "form") => page.InvokeAsync(() => page.Find(form).SubmitAsync());

    public static Task TriggerAsync(this IRenderedComponent<IComponent> page, string selector, string happens, EventArgs? with = null) => page.InvokeAsync(() => page.Find(selector).TriggerEventAsync(happens, with ?? EventArgs.Empty));

    public static bool IsDisabled(this IElement field) => field.HasAttribute("disabled");

    private static string Name(IElement element) => element.GetAttribute("aria-label") ?? element.Text();

    // Cells, terms and headings stand apart; what is within a line does not.
    private static string Read(INode node) => node switch
    {
        IText text => text.Data,
        IElement { LocalName: "a" or "b" or "code" or "i" or "span" or "strong" or "local-time" } inline => string.Concat(inline.ChildNodes.Select(Read)),
        _ => $" {string.Concat(node.ChildNodes.Select(Read))} ",
    };

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Spaces();
}
