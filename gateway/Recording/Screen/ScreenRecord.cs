using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Sallyport.Recording.Screen;

/// <summary>
/// Screens as the payloads of a recording's screen events: without loss, each payload readable by itself but for the pixels that
/// it leaves alone. A keyframe begins a replay; updates follow it. Numbers are little-endian.
/// <code>
/// picture                                            cursor
/// 0   u8   1                                         0   u8   2
/// 1   u8   flags: 1 begins a keyframe,               1   u8   0
///          2 ends a keyframe or an update            2   u16  hot spot, from the left
/// 2   u16  width of the screen                       4   u16  hot spot, from the top
/// 4   u16  height of the screen                      6   u16  width (0: none is seen)
/// 6   u16  number of rectangles, n                   8   u16  height
/// 8   u8   0: three bytes a pixel, red first;        10  …    zlib (RFC 1950): four bytes a pixel,
///          1: one byte a pixel, index of a palette            red, green, blue, alpha (0 or 255)
/// 9   u8   colours of the palette - 1, or 0
/// 10  n ×  u16 x, u16 y, u16 width, u16 height
/// …   three bytes for each colour, red first (with a palette)
/// …   zlib (RFC 1950): the pixels of all rectangles, one after the other, row by row
/// </code>
/// A payload that begins a keyframe makes the screen width × height and black; its rectangles, and those of the payloads up to the
/// one that ends it, cover the screen. Between two endings, a picture is half-painted. Browsers inflate with DecompressionStream("deflate").
/// </summary>
public static class ScreenRecord
{
    /// <summary>768 KiB before compression: a payload stays far below what a recording takes, and can be made while the screen goes on.</summary>
    public const int MaxPixelsPerPayload = 256 * 1024;

    internal const byte Picture = 1;
    internal const byte Cursor = 2;
    internal const byte Begins = 1;
    internal const byte Ends = 2;
    internal const int HeadLength = 10;
    internal const int RectangleLength = 8;
    internal const byte TrueColour = 0;
    internal const byte Palette = 1;

    // Few enough for the count and for a quick look at a payload.
    private const int MaxRectangles = 1024;

    /// <summary>The whole screen: at least one payload.</summary>
    public static IEnumerable<byte[]> KeyframeOf(ScreenFrame frame) => Payloads(frame, Split([new ScreenRect(0, 0, frame.Width, frame.Height)]), Begins);

    /// <summary>Some areas of the screen as they are now; none: no payload.</summary>
    public static IEnumerable<byte[]> UpdateOf(ScreenFrame frame, IReadOnlyList<ScreenRect> damage) => Payloads(frame, Split(damage), 0);

    public static byte[] CursorOf(ScreenCursor cursor)
    {
        var head = new byte[HeadLength];
        head[0] = Cursor;
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(2), (ushort)cursor.HotX);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(4), (ushort)cursor.HotY);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(6), (ushort)cursor.Width);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(8), (ushort)cursor.Height);
        var bytes = new byte[cursor.Pixels.Length * 4];
        for (var i = 0; i < cursor.Pixels.Length; i++)
        {
            // 0xAARRGGBB becomes the bytes R, G, B, A.
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), uint.RotateLeft(cursor.Pixels.Span[i], 8));
        }

        return Compress(head, bytes);
    }

    private static IEnumerable<byte[]> Payloads(ScreenFrame frame, List<ScreenRect> areas, byte first)
    {
        for (int start = 0, end; start < areas.Count; start = end)
        {
            var pixels = areas[start].Area;
            for (end = start + 1; end < areas.Count && end - start < MaxRectangles && pixels + areas[end].Area <= MaxPixelsPerPayload; end++)
            {
                pixels += areas[end].Area;
            }

            var flags = (start == 0 ? first : 0) | (end == areas.Count ? Ends : 0);
            yield return Encode(frame, areas[start..end], (int)pixels, (byte)flags);
        }
    }

    private static List<ScreenRect> Split(IReadOnlyList<ScreenRect> areas)
    {
        List<ScreenRect> parts = [];
        foreach (var area in areas.Where(a => a.Area > 0))
        {
            var height = Math.Max(1, MaxPixelsPerPayload / area.Width);
            for (var y = 0; y < area.Height; y += height)
            {
                parts.Add(area with { Y = area.Y + y, Height = Math.Min(height, area.Height - y) });
            }
        }

        return parts;
    }

    private static byte[] Encode(ScreenFrame frame, List<ScreenRect> areas, int count, byte flags)
    {
        var pixels = ArrayPool<uint>.Shared.Rent(count);
        var bytes = ArrayPool<byte>.Shared.Rent(count * 3);
        try
        {
            var at = 0;
            foreach (var area in areas)
            {
                frame.Copy(area, pixels.AsSpan(at, (int)area.Area));
                at += (int)area.Area;
            }

            var palette = new RecordPalette();
            var few = palette.TryIndex(pixels.AsSpan(0, count), bytes);
            var head = new byte[HeadLength + (areas.Count * RectangleLength) + (few ? palette.Count * 3 : 0)];
            WriteHead(head, frame, areas, flags);
            if (few)
            {
                (head[8], head[9]) = (Palette, (byte)(palette.Count - 1));
                WriteColours(palette.Colours, head.AsSpan(HeadLength + (areas.Count * RectangleLength)));
                return Compress(head, bytes.AsSpan(0, count));
            }

            WriteColours(pixels.AsSpan(0, count), bytes);
            return Compress(head, bytes.AsSpan(0, count * 3));
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(pixels);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static void WriteHead(Span<byte> head, ScreenFrame frame, List<ScreenRect> areas, byte flags)
    {
        (head[0], head[1]) = (Picture, flags);
        BinaryPrimitives.WriteUInt16LittleEndian(head[2..], (ushort)frame.Width);
        BinaryPrimitives.WriteUInt16LittleEndian(head[4..], (ushort)frame.Height);
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], (ushort)areas.Count);
        var rest = head[HeadLength..];
        foreach (var area in areas)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)area.X);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], (ushort)area.Y);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[4..], (ushort)area.Width);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[6..], (ushort)area.Height);
            rest = rest[RectangleLength..];
        }
    }

    private static void WriteColours(ReadOnlySpan<uint> colours, Span<byte> bytes)
    {
        for (int i = 0, at = 0; i < colours.Length; i++, at += 3)
        {
            (bytes[at], bytes[at + 1], bytes[at + 2]) = ((byte)(colours[i] >> 16), (byte)(colours[i] >> 8), (byte)colours[i]);
        }
    }

    private static byte[] Compress(byte[] head, ReadOnlySpan<byte> bytes)
    {
        using var payload = new MemoryStream(head.Length + 256);
        payload.Write(head);
        using (var zlib = new ZLibStream(payload, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return payload.ToArray();
    }
}
