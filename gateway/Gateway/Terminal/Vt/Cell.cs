using System.Runtime.InteropServices;

namespace Sallyport.Gateway.Terminal.Vt;

/// <summary>One place of the screen.</summary>
/// <param name="Rune">0: never written, shown as a blank.</param>
/// <param name="Marks">Combining marks over it: an index into the screen's list, 0 for none.</param>
/// <param name="Wide">1: the left half of a wide character; 2: its right half; 0: neither.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Cell(int Rune, Style Style, ushort Marks = 0, byte Wide = 0);

/// <summary>Colours and attributes, as SGR sets them (ECMA-48, 8.3.117). A colour is -1 for the default, 0–255 of the palette, or 0x1000000 | RGB.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Style(int Foreground, int Background, Attributes Attributes)
{
    public static readonly Style Default = new(-1, -1, Attributes.None);

    /// <summary>What an erased place keeps: the background alone (as xterm does it).</summary>
    public Style Erased => new(-1, Background, Attributes.None);
}

[Flags]
internal enum Attributes : byte
{
    None = 0,
    Bold = 1,
    Dim = 2,
    Italic = 4,
    Underline = 8,
    Blink = 16,
    Inverse = 32,
    Hidden = 64,
    Strike = 128,
}
