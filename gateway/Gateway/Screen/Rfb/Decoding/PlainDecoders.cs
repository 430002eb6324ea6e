using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Decoding;

/// <summary>Raw (RFC 6143, section 7.7.1): row by row, so that a whole screen in one rectangle needs no memory.</summary>
internal sealed class RawDecoder(DecodingContext context)
{
    public async ValueTask DecodeAsync(ScreenRect area, CancellationToken cancellationToken)
    {
        var length = area.Width * context.Pixels.Size;
        for (var y = area.Y; y < area.Bottom;)
        {
            await context.Reader.EnsureAsync(length, cancellationToken);
            for (; y < area.Bottom && context.Reader.Buffered.Length >= length; y++)
            {
                var row = context.Scratch.AsSpan(0, area.Width);
                context.Pixels.Many(context.Reader.Take(length), row);
                context.Screen.PaintRow(area.X, y, row);
            }

            context.PublishIfLate();
        }
    }
}

/// <summary>CopyRect (section 7.7.2).</summary>
internal sealed class CopyRectDecoder(DecodingContext context)
{
    public async ValueTask DecodeAsync(ScreenRect area, CancellationToken cancellationToken)
    {
        await context.Reader.EnsureAsync(4, cancellationToken);
        var (x, y) = (context.Reader.TakeUInt16(), context.Reader.TakeUInt16());
        var frame = context.Screen.Frame;
        if (x + area.Width > frame.Width || y + area.Height > frame.Height)
        {
            throw RfbFailureException.Malformed($"an area of {area.Width} × {area.Height} copied from {x}, {y}, outside the screen of {frame.Width} × {frame.Height}");
        }

        context.Screen.Copy(area, x, y);
    }
}

/// <summary>RRE (section 7.7.3) and CoRRE, which has bytes for coordinates: a background and rectangles on it.</summary>
internal sealed class RreDecoder(DecodingContext context)
{
    // Overlapping subrectangles make no sense but are allowed; without a limit, 12 bytes could paint 256 MiB.
    private const int MaxPaints = 4;

    public async ValueTask DecodeAsync(ScreenRect area, bool narrow, CancellationToken cancellationToken)
    {
        var (reader, size) = (context.Reader, context.Pixels.Size);
        await reader.EnsureAsync(4 + size, cancellationToken);
        var left = reader.TakeUInt32();
        context.Screen.Fill(area, context.Pixels.One(reader.Take(size)));
        var length = size + (narrow ? 4 : 8);
        for (var budget = area.Area * MaxPaints; left > 0;)
        {
            await reader.EnsureAsync(length, cancellationToken);
            for (; left > 0 && reader.Buffered.Length >= length; left--)
            {
                var pixel = context.Pixels.One(reader.Take(size));
                var part = narrow
                    ? new ScreenRect(reader.TakeByte(), reader.TakeByte(), reader.TakeByte(), reader.TakeByte())
                    : new ScreenRect(reader.TakeUInt16(), reader.TakeUInt16(), reader.TakeUInt16(), reader.TakeUInt16());
                if (part.Right > area.Width || part.Bottom > area.Height)
                {
                    throw RfbFailureException.Malformed("an RRE subrectangle outside its rectangle");
                }

                // An empty one paints nothing and must end as well.
                if ((budget -= Math.Max(1, part.Area)) < 0)
                {
                    throw RfbFailureException.Malformed($"RRE subrectangles that paint their rectangle more than {MaxPaints} times");
                }

                context.Screen.Fill(part with { X = area.X + part.X, Y = area.Y + part.Y }, pixel);
            }
        }
    }
}

/// <summary>zlib (encoding 6): raw pixels through one zlib stream.</summary>
internal sealed class ZlibDecoder(DecodingContext context) : IDisposable
{
    private readonly InflatingReader _inflated = new(context.Reader);

    public async ValueTask DecodeAsync(ScreenRect area, CancellationToken cancellationToken)
    {
        await context.Reader.EnsureAsync(4, cancellationToken);
        _inflated.Begin(context.Reader.TakeUInt32());
        var length = area.Width * context.Pixels.Size;
        for (var y = area.Y; y < area.Bottom; y++)
        {
            await _inflated.EnsureAsync(length, cancellationToken);
            var row = context.Scratch.AsSpan(0, area.Width);
            context.Pixels.Many(_inflated.Buffered[..length], row);
            _inflated.Advance(length);
            context.Screen.PaintRow(area.X, y, row);
            context.PublishIfLate();
        }

        await _inflated.EndAsync(cancellationToken);
    }

    public void Dispose() => _inflated.Dispose();
}
