using System.Runtime.InteropServices;

namespace Sallyport.Gateway.Screen.Rfb;

public enum ScreenInputKind : byte
{
    KeyEvent,
    PointerEvent,
}

/// <summary>One key or pointer event (RFC 6143, sections 7.5.4 and 7.5.5).</summary>
/// <param name="Keysym">X11 keysym of a key event.</param>
/// <param name="Down">Pressed or released.</param>
/// <param name="Buttons">Of a pointer event: the buttons that are down; bit 0 is the left one, bits 3 and 4 are the wheel.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ScreenInput(ScreenInputKind Kind, uint Keysym, bool Down, ushort X, ushort Y, byte Buttons)
{
    public static ScreenInput Key(uint keysym, bool down) => new(ScreenInputKind.KeyEvent, keysym, down, 0, 0, 0);

    public static ScreenInput PointerAt(ushort x, ushort y, byte buttons) => new(ScreenInputKind.PointerEvent, 0, false, x, y, buttons);

    /// <summary>No key and no text in logs.</summary>
    public override string ToString() => Kind.ToString();
}
