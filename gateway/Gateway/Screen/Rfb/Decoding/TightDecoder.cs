using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Decoding;

/// <summary>Tight (RFB's community specification, "Tight Encoding"): solid, or rows through one of four zlib streams and a filter. JPEG is not asked for.</summary>
internal sealed class TightDecoder(DecodingContext context) : IDisposable
{
    private const int Fill = 8;
    private const int Jpeg = 9;
    private const int HasFilter = 4;
    private const int CopyFilter = 0;
    private const int PaletteFilter = 1;
    private const int GradientFilter = 2;

    /// <summary>Less than this is not worth compressing.</summary>
    private const int SmallestCompressed = 12;

    private readonly InflatingReader[] _inflated = [new(context.Reader), new(context.Reader), new(context.Reader), new(context.Reader)];
    private readonly uint[] _palette = new uint[256];

    // The gradient filter's row above, as three bytes a pixel.
    private byte[] _above = [];

    public async ValueTask DecodeAsync(ScreenRect area, CancellationToken cancellationToken)
    {
        var reader = context.Reader;
        await reader.EnsureAsync(1, cancellationToken);
        var control = reader.TakeByte();
        for (var i = 0; i < _inflated.Length; i++)
        {
            if ((control >> i & 1) != 0)
            {
                _inflated[i].Reset();
            }
        }

        switch (control >> 4)
        {
            case Fill:
                await reader.EnsureAsync(context.TightPixels.Size, cancellationToken);
                context.Screen.Fill(area, context.TightPixels.One(reader.Take(context.TightPixels.Size)));
                break;
            case Jpeg:
                throw new RfbFailureException(RfbFailureKind.Unsupported, "The asset sends pictures as JPEG although it was not asked to. Switch JPEG compression off in its VNC server, or ask for another encoding.");
            case > Jpeg:
                throw RfbFailureException.Malformed($"Tight compression type {control >> 4}, which is not in use");
            default:
                await BasicAsync(area, control >> 4, cancellationToken);
                break;
        }
    }

    public void Dispose()
    {
        foreach (var stream in _inflated)
        {
            stream.Dispose();
        }
    }

    private async ValueTask BasicAsync(ScreenRect area, int control, CancellationToken cancellationToken)
    {
        var (reader, size, filter, colours) = (context.Reader, context.TightPixels.Size, CopyFilter, 0);
        if ((control & HasFilter) != 0)
        {
            await reader.EnsureAsync(1, cancellationToken);
            filter = reader.TakeByte();
        }

        var stride = area.Width * size;
        switch (filter)
        {
            case CopyFilter:
                break;
            case PaletteFilter:
                await reader.EnsureAsync(1, cancellationToken);
                colours = reader.TakeByte() + 1;
                await reader.EnsureAsync(colours * size, cancellationToken);
                context.TightPixels.Many(reader.Take(colours * size), _palette.AsSpan(0, colours));
                stride = colours <= 2 ? (area.Width + 7) / 8 : area.Width;
                break;
            case GradientFilter when context.Format.IsTight:
                if (_above.Length < stride)
                {
                    _above = new byte[stride];
                }

                Array.Clear(_above, 0, stride);
                break;
            case GradientFilter:
                throw new RfbFailureException(RfbFailureKind.Unsupported, "The asset uses Tight's gradient filter with other than 24-bit colours. Ask for another encoding.");
            default:
                throw RfbFailureException.Malformed($"Tight filter {filter}, which is not in use");
        }

        if ((long)stride * area.Height < SmallestCompressed)
        {
            for (var y = area.Y; y < area.Bottom; y++)
            {
                await reader.EnsureAsync(stride, cancellationToken);
                Paint(area, y, filter, colours, reader.Take(stride));
            }

            return;
        }

        var inflated = _inflated[control & 3];
        inflated.Begin(await LengthAsync(cancellationToken));
        for (var y = area.Y; y < area.Bottom;)
        {
            await inflated.EnsureAsync(stride, cancellationToken);
            for (; y < area.Bottom && inflated.Buffered.Length >= stride; y++)
            {
                Paint(area, y, filter, colours, inflated.Buffered[..stride]);
                inflated.Advance(stride);
            }

            context.PublishIfLate();
        }

        await inflated.EndAsync(cancellationToken);
    }

    // Seven bits, seven bits, eight bits, as many as it takes.
    private async ValueTask<int> LengthAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        for (var shift = 0; shift <= 14; shift += 7)
        {
            await context.Reader.EnsureAsync(1, cancellationToken);
            int part = context.Reader.TakeByte();
            length |= (shift == 14 ? part : part & 127) << shift;
            if (part < 128)
            {
                break;
            }
        }

        return length;
    }

    private void Paint(ScreenRect area, int y, int filter, int colours, ReadOnlySpan<byte> bytes)
    {
        var row = context.Scratch.AsSpan(0, area.Width);
        switch (filter)
        {
            case CopyFilter:
                context.TightPixels.Many(bytes, row);
                break;
            case PaletteFilter when colours <= 2:
                for (var x = 0; x < row.Length; x++)
                {
                    var index = bytes[x >> 3] >> (7 - (x & 7)) & 1;
                    row[x] = index < colours ? _palette[index] : throw OutOfPalette(index, colours);
                }

                break;
            case PaletteFilter:
                for (var x = 0; x < row.Length; x++)
                {
                    row[x] = bytes[x] < colours ? _palette[bytes[x]] : throw OutOfPalette(bytes[x], colours);
                }

                break;
            default:
                Unfilter(bytes, row);
                break;
        }

        context.Screen.PaintRow(area.X, y, row);
    }

    // Each byte is the difference to left + above - above left, which is kept within a byte.
    private void Unfilter(ReadOnlySpan<byte> bytes, Span<uint> row)
    {
        Span<int> left = [0, 0, 0];
        Span<int> corner = [0, 0, 0];
        for (var x = 0; x < row.Length; x++)
        {
            for (var c = 0; c < 3; c++)
            {
                int above = _above[(3 * x) + c];
                left[c] = (byte)(bytes[(3 * x) + c] + Math.Clamp(left[c] + above - corner[c], 0, 255));
                corner[c] = above;
                _above[(3 * x) + c] = (byte)left[c];
            }

            row[x] = ScreenFrame.Opaque | ((uint)left[0] << 16) | ((uint)left[1] << 8) | (uint)left[2];
        }
    }

    private static RfbFailureException OutOfPalette(int index, int colours) => RfbFailureException.Malformed($"colour {index} of a Tight palette of {colours}");
}
