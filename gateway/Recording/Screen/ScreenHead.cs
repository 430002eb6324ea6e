using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sallyport.Recording.Screen;

/// <summary>What a part of a picture says of itself before its pixels: enough to know how much changed, and quick to read.</summary>
/// <param name="Begins">It begins a keyframe.</param>
/// <param name="Ends">With it the picture is whole again.</param>
/// <param name="Area">Pixels that it paints.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ScreenHead(bool Begins, bool Ends, int Width, int Height, long Area)
{
    /// <summary>Null: the payload is the pointer's shape.</summary>
    /// <exception cref="InvalidDataException">The payload is none of <see cref="ScreenRecord"/>.</exception>
    public static ScreenHead? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < ScreenRecord.HeadLength || payload[0] is not (ScreenRecord.Picture or ScreenRecord.Cursor))
        {
            throw new InvalidDataException("A screen event is too short, or of an unknown type.");
        }

        if (payload[0] == ScreenRecord.Cursor)
        {
            return null;
        }

        var (width, height, count) = (Number(payload, 2), Number(payload, 4), Number(payload, 6));
        if (payload.Length < ScreenRecord.HeadLength + (count * ScreenRecord.RectangleLength))
        {
            throw new InvalidDataException("A screen event ends within its rectangles.");
        }

        var area = 0L;
        for (var i = 0; i < count; i++)
        {
            var at = ScreenRecord.HeadLength + (i * ScreenRecord.RectangleLength);
            area += (long)Number(payload, at + 4) * Number(payload, at + 6);
        }

        return new ScreenHead((payload[1] & ScreenRecord.Begins) != 0, (payload[1] & ScreenRecord.Ends) != 0, width, height, area);
    }

    private static int Number(ReadOnlySpan<byte> payload, int at) => BinaryPrimitives.ReadUInt16LittleEndian(payload[at..]);
}
