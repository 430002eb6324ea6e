using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sallyport.Gateway.Screen.Rfb;

/// <summary>How pixels are sent (RFC 6143, section 7.4).</summary>
/// <param name="BitsPerPixel">8, 16 or 32.</param>
/// <param name="TrueColour">False: a pixel is an index of the colour map.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PixelFormat(
    byte BitsPerPixel, byte Depth, bool BigEndian, bool TrueColour,
    ushort RedMax, ushort GreenMax, ushort BlueMax, byte RedShift, byte GreenShift, byte BlueShift)
{
    /// <summary>Bytes of the structure.</summary>
    public const int Length = 16;

    /// <summary>32 bits, little-endian, blue first: the shadow's own order.</summary>
    public static PixelFormat Bgrx { get; } = new(32, 24, false, true, 255, 255, 255, 16, 8, 0);

    /// <summary>16 bits, 5-6-5.</summary>
    public static PixelFormat Rgb565 { get; } = new(16, 16, false, true, 31, 63, 31, 11, 5, 0);

    /// <summary>8 bits, 2-3-3: what VNC calls low colour.</summary>
    public static PixelFormat Bgr233 { get; } = new(8, 8, false, true, 7, 7, 3, 0, 3, 6);

    public int BytesPerPixel => BitsPerPixel / 8;

    /// <summary>Three bytes hold a pixel in ZRLE (section 7.7.5, CPIXEL, but for its rule about the depth, which no server was found to follow).</summary>
    public bool IsCompact => TrueColour && BitsPerPixel == 32 && (FitsLow || FitsHigh);

    /// <summary>All colours are in the three least significant bytes.</summary>
    public bool FitsLow => Top(RedMax, RedShift) <= 24 && Top(GreenMax, GreenShift) <= 24 && Top(BlueMax, BlueShift) <= 24;

    private bool FitsHigh => RedShift >= 8 && GreenShift >= 8 && BlueShift >= 8;

    /// <summary>Three bytes, red first, hold a pixel in Tight (TPIXEL).</summary>
    public bool IsTight => TrueColour && BitsPerPixel == 32 && Depth == 24 && RedMax == 255 && GreenMax == 255 && BlueMax == 255;

    /// <exception cref="RfbFailureException">It is none that can be used.</exception>
    public static PixelFormat Read(ReadOnlySpan<byte> bytes)
    {
        var format = new PixelFormat(
            bytes[0], bytes[1], bytes[2] != 0, bytes[3] != 0,
            BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]),
            bytes[10], bytes[11], bytes[12]);
        if (format.BitsPerPixel is not (8 or 16 or 32))
        {
            throw RfbFailureException.Malformed($"pixels of {format.BitsPerPixel} bits, where RFB has 8, 16 and 32");
        }

        if (!format.TrueColour)
        {
            return format.BitsPerPixel == 8 ? format : throw RfbFailureException.Malformed($"a colour map with pixels of {format.BitsPerPixel} bits");
        }

        return Math.Max(format.RedShift, Math.Max(format.GreenShift, format.BlueShift)) < format.BitsPerPixel
            ? format
            : throw RfbFailureException.Malformed($"a colour that begins beyond the pixel's {format.BitsPerPixel} bits");
    }

    public void Write(Span<byte> bytes)
    {
        bytes[..Length].Clear();
        bytes[0] = BitsPerPixel;
        bytes[1] = Depth;
        bytes[2] = BigEndian ? (byte)1 : (byte)0;
        bytes[3] = TrueColour ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], RedMax);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], GreenMax);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[8..], BlueMax);
        bytes[10] = RedShift;
        bytes[11] = GreenShift;
        bytes[12] = BlueShift;
    }

    /// <summary>For the session's evidence, such as "32 bit, depth 24".</summary>
    public override string ToString() => TrueColour ? $"{BitsPerPixel} bit, depth {Depth}" : $"{BitsPerPixel} bit, colour map";

    private static int Top(int max, int shift) => shift + 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)max);
}
