using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Decoding;

/// <summary>The cursor's shape (RFC 6143, section 7.8.1): pixels, then a bit for each that says whether it is seen.</summary>
internal sealed class CursorDecoder(DecodingContext context)
{
    /// <param name="area">Its place is the pixel that points.</param>
    public async ValueTask DecodeAsync(ScreenRect area, CancellationToken cancellationToken)
    {
        if (area.Width > RfbLimits.MaxCursorSide || area.Height > RfbLimits.MaxCursorSide)
        {
            throw RfbFailureException.Malformed($"a cursor of {area.Width} × {area.Height} pixels, where {RfbLimits.MaxCursorSide} on a side are taken");
        }

        var (reader, length, pixels) = (context.Reader, area.Width * context.Pixels.Size, new uint[area.Area]);
        for (var y = 0; y < area.Height; y++)
        {
            await reader.EnsureAsync(length, cancellationToken);
            context.Pixels.Many(reader.Take(length), pixels.AsSpan(y * area.Width, area.Width));
        }

        var stride = (area.Width + 7) / 8;
        for (var y = 0; y < area.Height; y++)
        {
            await reader.EnsureAsync(stride, cancellationToken);
            var mask = reader.Take(stride);
            for (var x = 0; x < area.Width; x++)
            {
                if ((mask[x >> 3] >> (7 - (x & 7)) & 1) == 0)
                {
                    pixels[(y * area.Width) + x] = 0;
                }
            }
        }

        // Some point beyond their own edge.
        context.Screen.SetCursor(new ScreenCursor(Math.Min(area.X, Math.Max(0, area.Width - 1)), Math.Min(area.Y, Math.Max(0, area.Height - 1)), area.Width, area.Height, pixels));
    }
}
