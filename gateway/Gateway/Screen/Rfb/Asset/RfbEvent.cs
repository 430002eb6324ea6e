using System.Runtime.InteropServices;

namespace Sallyport.Gateway.Screen.Rfb.Asset;

public enum RfbEventKind : byte
{
    /// <summary>An update was applied to the shadow, and its subscribers know.</summary>
    Screen,

    /// <summary>The asset's clipboard; <see cref="RfbEvent.Text"/> has it.</summary>
    CutText,

    Bell,
}

/// <summary>What an asset said last.</summary>
/// <param name="Changed">Of an update: whether it changed any pixel.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RfbEvent(RfbEventKind Kind, bool Changed = false, string? Text = null);
