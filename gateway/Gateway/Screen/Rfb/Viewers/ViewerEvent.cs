using System.Runtime.InteropServices;

namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>What a browser wants of the asset.</summary>
/// <param name="Input">A key or the pointer, where <paramref name="Text"/> is null.</param>
/// <param name="Text">The browser's clipboard.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ViewerEvent(ScreenInput Input, string? Text)
{
    /// <summary>No key and no text in logs.</summary>
    public override string ToString() => nameof(ViewerEvent);
}
