using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sallyport.Recording.Screen;

/// <summary>
/// What a screen's user did, as the payloads of a recording's input events. Numbers are little-endian.
/// <code>
/// key          u8 1, u8 down (1) or up (0), u32 keysym
/// pointer      u8 2, u8 buttons (bit 0 left), u16 x, u16 y
/// to asset     u8 3, UTF-8 text that went into the asset's clipboard
/// from asset   u8 4, UTF-8 text that came out of it
/// </code>
/// </summary>
public static class ScreenInputRecord
{
    public const byte KeyEvent = 1;
    public const byte PointerEvent = 2;
    public const byte ToAsset = 3;
    public const byte FromAsset = 4;

    /// <summary>Null: it is something else.</summary>
    public static PointerRecord? ReadPointer(ReadOnlySpan<byte> payload) => payload.Length >= 6 && payload[0] == PointerEvent
        ? new PointerRecord(payload[1], BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]), BinaryPrimitives.ReadUInt16LittleEndian(payload[4..]))
        : null;
}

/// <param name="Buttons">Bit 0 is the left one.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PointerRecord(byte Buttons, int X, int Y);
