using System.Runtime.InteropServices;

namespace Sallyport.Recording.Screen;

/// <summary>An area of a screen, in pixels from the top left.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ScreenRect(int X, int Y, int Width, int Height)
{
    public int Right => X + Width;

    public int Bottom => Y + Height;

    public long Area => (long)Width * Height;

    public ScreenRect ClippedTo(int width, int height)
    {
        var (left, top) = (Math.Min(X, width), Math.Min(Y, height));
        return new ScreenRect(left, top, Math.Min(Right, width) - left, Math.Min(Bottom, height) - top);
    }
}
