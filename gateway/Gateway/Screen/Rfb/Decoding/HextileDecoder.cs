using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Decoding;

/// <summary>Hextile (RFC 6143, section 7.7.4): tiles of 16 × 16 pixels, each raw or rectangles on a background.</summary>
internal sealed class HextileDecoder(DecodingContext context)
{
    private const int TileSize = 16;
    private const int IsRaw = 1;
    private const int HasBackground = 2;
    private const int HasForeground = 4;
    private const int HasSubrectangles = 8;
    private const int AreColoured = 16;

    private uint _background;
    private uint _foreground;

    public async ValueTask DecodeAsync(ScreenRect area, CancellationToken cancellationToken)
    {
        // Section 7.7.4 lets neither go over from one rectangle to the next.
        (_background, _foreground) = (ScreenFrame.Opaque, ScreenFrame.Opaque);
        for (var y = 0; y < area.Height; y += TileSize)
        {
            for (var x = 0; x < area.Width; x += TileSize)
            {
                var tile = new ScreenRect(area.X + x, area.Y + y, Math.Min(TileSize, area.Width - x), Math.Min(TileSize, area.Height - y));
                int length;
                while ((length = Decode(tile, context.Reader.Buffered)) == 0)
                {
                    await context.Reader.MoreAsync(cancellationToken);
                }

                context.Reader.Advance(length);
            }

            context.PublishIfLate();
        }
    }

    // Bytes of the tile; 0: not all of them are there yet, and nothing was done.
    private int Decode(ScreenRect tile, ReadOnlySpan<byte> bytes)
    {
        var (pixels, size) = (context.Pixels, context.Pixels.Size);
        if (bytes.IsEmpty)
        {
            return 0;
        }

        var (kind, at) = (bytes[0], 1);
        var target = context.Scratch.AsSpan(0, (int)tile.Area);
        if ((kind & IsRaw) != 0)
        {
            var length = target.Length * size;
            if (bytes.Length < 1 + length)
            {
                return 0;
            }

            pixels.Many(bytes.Slice(1, length), target);
            context.Screen.PaintBlock(tile, target);
            return 1 + length;
        }

        var head = 1 + ((kind & HasBackground) != 0 ? size : 0) + ((kind & HasForeground) != 0 ? size : 0) + ((kind & HasSubrectangles) != 0 ? 1 : 0);
        if (bytes.Length < head)
        {
            return 0;
        }

        int count = (kind & HasSubrectangles) != 0 ? bytes[head - 1] : 0;
        var each = (kind & AreColoured) != 0 ? size + 2 : 2;
        if (bytes.Length < head + (count * each))
        {
            return 0;
        }

        if ((kind & HasBackground) != 0)
        {
            _background = pixels.One(bytes[at..]);
            at += size;
        }

        if ((kind & HasForeground) != 0)
        {
            _foreground = pixels.One(bytes[at..]);
        }

        if (count == 0)
        {
            context.Screen.Fill(tile, _background);
            return head;
        }

        target.Fill(_background);
        for (at = head; at < head + (count * each);)
        {
            var colour = _foreground;
            if ((kind & AreColoured) != 0)
            {
                colour = pixels.One(bytes[at..]);
                at += size;
            }

            var (x, y, width, height) = (bytes[at] >> 4, bytes[at] & 15, (bytes[at + 1] >> 4) + 1, (bytes[at + 1] & 15) + 1);
            at += 2;
            if (x + width > tile.Width || y + height > tile.Height)
            {
                throw RfbFailureException.Malformed("a Hextile subrectangle outside its tile");
            }

            for (; height > 0; height--, y++)
            {
                target.Slice((y * tile.Width) + x, width).Fill(colour);
            }
        }

        context.Screen.PaintBlock(tile, target);
        return at;
    }
}
