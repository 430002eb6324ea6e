namespace Sallyport.Portal.Plants;

/// <summary>A panel's passwords, as they are sealed together: many have one for looking and another for working.</summary>
/// <param name="Control">The only one, where there is one.</param>
/// <param name="View">Null: looking needs no password of its own.</param>
internal sealed record ScreenPasswords(string Control, string? View)
{
    // No password that can be typed has it; what was sealed before there were two is a control password alone.
    private const char Between = '\0';

    /// <summary>What is sealed.</summary>
    public string Text => View is null ? Control : $"{Control}{Between}{View}";

    public static ScreenPasswords Read(string text) =>
        text.IndexOf(Between, StringComparison.Ordinal) is >= 0 and var at ? new ScreenPasswords(text[..at], text[(at + 1)..]) : new ScreenPasswords(text, null);

    /// <summary>What an admin left empty stays as it is.</summary>
    /// <param name="two">The panel has a view password of its own.</param>
    public ScreenPasswords With(string? control, string? view, bool two) =>
        new(string.IsNullOrEmpty(control) ? Control : control, !two ? null : string.IsNullOrEmpty(view) ? View : view);

    /// <summary>Names no secret.</summary>
    public override string ToString() => nameof(ScreenPasswords);
}
