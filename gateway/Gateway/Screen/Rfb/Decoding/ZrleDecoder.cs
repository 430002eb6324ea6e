using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Decoding;

/// <summary>ZRLE (RFC 6143, section 7.7.6): zlib-compressed tiles of 64 × 64 pixels, each in one of five ways.</summary>
internal sealed class ZrleDecoder(DecodingContext context) : IDisposable
{
    private const int TileSize = 64;

    private readonly InflatingReader _inflated = new(context.Reader);
    private readonly uint[] _palette = new uint[128];

    public async ValueTask DecodeAsync(ScreenRect area, CancellationToken cancellationToken)
    {
        await context.Reader.EnsureAsync(4, cancellationToken);
        _inflated.Begin(context.Reader.TakeUInt32());
        for (var y = 0; y < area.Height; y += TileSize)
        {
            for (var x = 0; x < area.Width; x += TileSize)
            {
                var tile = new ScreenRect(area.X + x, area.Y + y, Math.Min(TileSize, area.Width - x), Math.Min(TileSize, area.Height - y));
                int length;
                while ((length = Decode(tile, _inflated.Buffered)) == 0)
                {
                    await _inflated.MoreAsync(cancellationToken);
                }

                _inflated.Advance(length);
            }

            context.PublishIfLate();
        }

        await _inflated.EndAsync(cancellationToken);
    }

    public void Dispose() => _inflated.Dispose();

    // Bytes of the tile; 0: not all of them are there yet, and nothing was painted.
    private int Decode(ScreenRect tile, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return 0;
        }

        var rest = bytes[1..];
        var (kind, size) = (bytes[0], context.CompactPixels.Size);
        var target = context.Scratch.AsSpan(0, (int)tile.Area);
        int length;
        switch (kind)
        {
            case 0:
                length = target.Length * size;
                if (rest.Length < length)
                {
                    return 0;
                }

                context.CompactPixels.Many(rest[..length], target);
                break;
            case 1:
                if (rest.Length < size)
                {
                    return 0;
                }

                context.Screen.Fill(tile, context.CompactPixels.One(rest));
                return 1 + size;
            case <= 16:
                length = Packed(tile, kind, rest, target);
                break;
            case 128:
                length = Runs(rest, target);
                break;
            case >= 130:
                length = PaletteRuns(kind - 128, rest, target);
                break;
            default:
                throw RfbFailureException.Malformed($"ZRLE tile type {kind}, which is not in use");
        }

        if (length == 0)
        {
            return 0;
        }

        context.Screen.PaintBlock(tile, target);
        return 1 + length;
    }

    private int Packed(ScreenRect tile, int colours, ReadOnlySpan<byte> bytes, Span<uint> target)
    {
        var bits = colours == 2 ? 1 : colours <= 4 ? 2 : 4;
        var (start, stride) = (colours * context.CompactPixels.Size, ((tile.Width * bits) + 7) / 8);
        var length = start + (stride * tile.Height);
        if (bytes.Length < length)
        {
            return 0;
        }

        context.CompactPixels.Many(bytes[..start], _palette.AsSpan(0, colours));
        for (var y = 0; y < tile.Height; y++)
        {
            var row = bytes.Slice(start + (y * stride), stride);
            for (var x = 0; x < tile.Width; x++)
            {
                var index = row[x * bits / 8] >> (8 - bits - (x * bits % 8)) & ((1 << bits) - 1);
                target[(y * tile.Width) + x] = index < colours ? _palette[index] : throw OutOfPalette(index, colours);
            }
        }

        return length;
    }

    private int Runs(ReadOnlySpan<byte> bytes, Span<uint> target)
    {
        var (size, at) = (context.CompactPixels.Size, 0);
        for (var i = 0; i < target.Length;)
        {
            if (at + size > bytes.Length || Run(bytes, at + size, target.Length - i) is not (var count and > 0, var next))
            {
                return 0;
            }

            target.Slice(i, count).Fill(context.CompactPixels.One(bytes[at..]));
            (i, at) = (i + count, next);
        }

        return at;
    }

    private int PaletteRuns(int colours, ReadOnlySpan<byte> bytes, Span<uint> target)
    {
        var at = colours * context.CompactPixels.Size;
        if (bytes.Length < at)
        {
            return 0;
        }

        context.CompactPixels.Many(bytes[..at], _palette.AsSpan(0, colours));
        for (var i = 0; i < target.Length;)
        {
            if (at >= bytes.Length)
            {
                return 0;
            }

            var (index, count) = (bytes[at] & 127, 1);
            if (bytes[at++] >= 128)
            {
                (count, at) = Run(bytes, at, target.Length - i);
                if (count == 0)
                {
                    return 0;
                }
            }

            target.Slice(i, count).Fill(index < colours ? _palette[index] : throw OutOfPalette(index, colours));
            i += count;
        }

        return at;
    }

    // A run's length and where the next thing begins; 0: not all of it is there.
    private static (int Count, int Next) Run(ReadOnlySpan<byte> bytes, int at, int most)
    {
        for (var count = 1; at < bytes.Length; at++)
        {
            count += bytes[at];
            if (count > most)
            {
                throw RfbFailureException.Malformed("a ZRLE run that is longer than its tile");
            }

            if (bytes[at] < byte.MaxValue)
            {
                return (count, at + 1);
            }
        }

        return (0, 0);
    }

    private static RfbFailureException OutOfPalette(int index, int colours) => RfbFailureException.Malformed($"colour {index} of a ZRLE palette of {colours}");
}
