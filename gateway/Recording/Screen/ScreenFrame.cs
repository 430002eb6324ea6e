namespace Sallyport.Recording.Screen;

/// <summary>
/// The pixels of a screen of one size. Written by the asset's reader alone, read by anybody at any time: a reader may see
/// a half-painted update, and what is painted after it looked is reported as damage after it was painted.
/// </summary>
public sealed class ScreenFrame
{
    /// <summary>Each pixel is 0xFFRRGGBB: bytes B, G, R, 255.</summary>
    public const uint Opaque = 0xFF000000;

    public ScreenFrame(int width, int height)
    {
        (Width, Height) = (width, height);
        Pixels = GC.AllocateUninitializedArray<uint>(checked(width * height));
        Pixels.AsSpan().Fill(Opaque);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Row after row, without gaps.</summary>
    public uint[] Pixels { get; }

    public ReadOnlySpan<uint> Row(int y) => Pixels.AsSpan(y * Width, Width);

    /// <summary>Copies an area, row after row without gaps.</summary>
    public void Copy(ScreenRect area, Span<uint> target)
    {
        for (var y = 0; y < area.Height; y++)
        {
            Row(area.Y + y).Slice(area.X, area.Width).CopyTo(target[(y * area.Width)..]);
        }
    }
}
