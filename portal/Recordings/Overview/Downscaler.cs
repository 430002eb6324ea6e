using Sallyport.Recording.Screen;

namespace Sallyport.Portal.Recordings.Overview;

/// <summary>Makes a picture small: each small pixel is the mean of what it stands for, so that thin lines and text leave a trace.</summary>
internal static class Downscaler
{
    /// <summary>Draws the frame into a field of that size, in its middle, as large as its shape allows and never enlarged.</summary>
    /// <param name="at">Where in the target the field begins.</param>
    public static void Draw(ScreenFrame frame, Span<uint> target, int stride, int at, int width, int height)
    {
        var scale = Math.Min(1, Math.Min((double)width / frame.Width, (double)height / frame.Height));
        var (w, h) = (Math.Max(1, (int)(frame.Width * scale)), Math.Max(1, (int)(frame.Height * scale)));
        at += ((height - h) / 2 * stride) + ((width - w) / 2);
        for (var y = 0; y < h; y++)
        {
            var (top, bottom) = (y * frame.Height / h, Math.Max((y * frame.Height / h) + 1, (y + 1) * frame.Height / h));
            for (var x = 0; x < w; x++)
            {
                var (left, right) = (x * frame.Width / w, Math.Max((x * frame.Width / w) + 1, (x + 1) * frame.Width / w));
                target[at + (y * stride) + x] = Mean(frame, left, top, right, bottom);
            }
        }
    }

    private static uint Mean(ScreenFrame frame, int left, int top, int right, int bottom)
    {
        var (red, green, blue, count) = (0L, 0L, 0L, (long)(right - left) * (bottom - top));
        for (var y = top; y < bottom; y++)
        {
            foreach (var pixel in frame.Row(y)[left..right])
            {
                red += (pixel >> 16) & 255;
                green += (pixel >> 8) & 255;
                blue += pixel & 255;
            }
        }

        return ScreenFrame.Opaque | ((uint)(red / count) << 16) | ((uint)(green / count) << 8) | (uint)(blue / count);
    }
}
