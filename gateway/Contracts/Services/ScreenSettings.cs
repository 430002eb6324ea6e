namespace Sallyport.Contracts;

/// <summary>Who may work a screen, and when.</summary>
public enum ScreenControl
{
    /// <summary>The user has control from the start.</summary>
    Immediate,

    /// <summary>View only, always.</summary>
    Never,

    /// <summary>Starts view-only; an operator of the plant gives control when asked.</summary>
    AskPlant,

    /// <summary>Starts view-only; an admin gives control when asked.</summary>
    AskAdmin,
}

/// <summary>Which way text may pass between the user's clipboard and the asset's; all that passes is recorded.</summary>
public enum ClipboardPolicy
{
    Off,
    ToAsset,
    FromAsset,
    Both,
}

/// <summary>What a screen's service allows, and what its panel cannot take.</summary>
public sealed record ScreenSettings
{
    public ScreenControl Control { get; init; } = ScreenControl.Immediate;

    /// <summary>The panel has a password for looking beside the one for working. Who has no control is signed in with it, so that the panel itself refuses input.</summary>
    public bool ViewPassword { get; init; }

    public ClipboardPolicy Clipboard { get; init; } = ClipboardPolicy.Off;

    /// <summary>Leaves the panel's own pixel format alone: some die when they are asked for another.</summary>
    public bool KeepPixelFormat { get; init; }

    /// <summary>The panel serves one client only: another that is connected is thrown out.</summary>
    public bool Exclusive { get; init; }

    /// <summary>Keys are recorded as a count, not as what was typed.</summary>
    public bool MaskKeys { get; init; }

    /// <summary>A picture older than this takes no input, in seconds; 0: the age is not checked (for panels that mind being asked).</summary>
    public int FreshSeconds { get; init; } = 2;
}
