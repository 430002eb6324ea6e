using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Sallyport.Recording.Screen;

/// <summary>Paints a recording's screen events (<see cref="ScreenRecord"/>) again: for checks, thumbnails and exports.</summary>
/// <param name="maxPixels">Pixels of a screen that memory is taken for.</param>
public sealed class ScreenPlayback(int maxPixels = ScreenLimits.MaxPixels)
{
    /// <summary>Null before the first keyframe.</summary>
    public ScreenFrame? Frame { get; private set; }

    public ScreenCursor? Cursor { get; private set; }

    /// <summary>The picture is one that the screen showed, and not half of one.</summary>
    public bool IsWhole { get; private set; }

    /// <exception cref="InvalidDataException">The payload is none of <see cref="ScreenRecord"/>, or it is an update before a keyframe.</exception>
    public void Apply(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length < ScreenRecord.HeadLength)
        {
            throw new InvalidDataException("A screen event is too short.");
        }

        switch (payload.Span[0])
        {
            case ScreenRecord.Picture:
                ApplyPicture(payload);
                break;
            case ScreenRecord.Cursor:
                ApplyCursor(payload);
                break;
            default:
                throw new InvalidDataException($"A screen event has the unknown type {payload.Span[0]}.");
        }
    }

    private static int Number(ReadOnlyMemory<byte> payload, int at) => BinaryPrimitives.ReadUInt16LittleEndian(payload.Span[at..]);

    private void ApplyPicture(ReadOnlyMemory<byte> payload)
    {
        var (flags, width, height, count, packing) = (payload.Span[1], Number(payload, 2), Number(payload, 4), Number(payload, 6), payload.Span[8]);
        if (width is 0 or > ScreenLimits.MaxSide || height is 0 or > ScreenLimits.MaxSide || width * height > maxPixels || packing > ScreenRecord.Palette)
        {
            throw new InvalidDataException($"A screen event tells of {width} × {height} pixels, packed by way {packing}.");
        }

        if ((flags & ScreenRecord.Begins) != 0)
        {
            Begin(width, height);
        }
        else if (Frame is null || Frame.Width != width || Frame.Height != height)
        {
            throw new InvalidDataException("A screen event goes on with a picture that was not begun.");
        }

        var colours = packing == ScreenRecord.Palette ? payload.Span[9] + 1 : 0;
        var start = ScreenRecord.HeadLength + (count * ScreenRecord.RectangleLength);
        if (payload.Length < start + (colours * 3))
        {
            throw new InvalidDataException("A screen event ends before its pixels.");
        }

        Span<uint> palette = stackalloc uint[256];
        ReadColours(payload.Span.Slice(start, colours * 3), palette);
        IsWhole = false;
        using var zlib = Inflate(payload[(start + (colours * 3))..]);
        var row = ArrayPool<byte>.Shared.Rent(ScreenLimits.MaxSide * 3);
        try
        {
            for (var i = 0; i < count; i++)
            {
                var at = ScreenRecord.HeadLength + (i * ScreenRecord.RectangleLength);
                Paint(zlib, new ScreenRect(Number(payload, at), Number(payload, at + 2), Number(payload, at + 4), Number(payload, at + 6)), palette[..colours], row);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(row);
        }

        IsWhole = (flags & ScreenRecord.Ends) != 0;
    }

    // There are thousands of keyframes in a long recording, and nearly all are of one size.
    private void Begin(int width, int height)
    {
        if (Frame?.Width == width && Frame.Height == height)
        {
            Frame.Pixels.AsSpan().Fill(ScreenFrame.Opaque);
        }
        else
        {
            Frame = new ScreenFrame(width, height);
        }
    }

    private void Paint(ZLibStream zlib, ScreenRect area, ReadOnlySpan<uint> palette, byte[] buffer)
    {
        if (area.Right > Frame!.Width || area.Bottom > Frame.Height)
        {
            throw new InvalidDataException("A screen event paints outside the screen.");
        }

        var row = buffer.AsSpan(0, area.Width * (palette.IsEmpty ? 3 : 1));
        for (var y = area.Y; y < area.Bottom; y++)
        {
            Read(zlib, row);
            var target = Frame.Pixels.AsSpan((y * Frame.Width) + area.X, area.Width);
            if (palette.IsEmpty)
            {
                ReadColours(row, target);
                continue;
            }

            for (var x = 0; x < row.Length; x++)
            {
                target[x] = row[x] < palette.Length ? palette[row[x]] : throw new InvalidDataException("A screen event uses a colour that it does not have.");
            }
        }
    }

    private void ApplyCursor(ReadOnlyMemory<byte> payload)
    {
        var (width, height) = (Number(payload, 6), Number(payload, 8));
        if (width > ScreenLimits.MaxCursorSide || height > ScreenLimits.MaxCursorSide)
        {
            throw new InvalidDataException($"A screen event has a cursor of {width} × {height} pixels.");
        }

        var bytes = new byte[width * height * 4];
        using var zlib = Inflate(payload[ScreenRecord.HeadLength..]);
        Read(zlib, bytes);
        var pixels = new uint[width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = uint.RotateRight(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4 * i)), 8);
        }

        Cursor = new ScreenCursor(Number(payload, 2), Number(payload, 4), width, height, pixels);
    }

    private static void ReadColours(ReadOnlySpan<byte> bytes, Span<uint> colours)
    {
        for (int i = 0, at = 0; at < bytes.Length; i++, at += 3)
        {
            colours[i] = ScreenFrame.Opaque | ((uint)bytes[at] << 16) | ((uint)bytes[at + 1] << 8) | bytes[at + 2];
        }
    }

    private static ZLibStream Inflate(ReadOnlyMemory<byte> bytes) =>
        new(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false), CompressionMode.Decompress);

    private static void Read(ZLibStream zlib, Span<byte> target)
    {
        try
        {
            if (zlib.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
            {
                throw new InvalidDataException("A screen event ends within its pixels.");
            }
        }
        catch (IOException e)
        {
            throw new InvalidDataException("A screen event's pixels are no zlib data.", e);
        }
    }
}
