using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Decoding;

/// <summary>FramebufferUpdate (RFC 6143, section 7.6.1): rectangle after rectangle into the shadow.</summary>
internal sealed class UpdateDecoder(DecodingContext context) : IDisposable
{
    private const int RectangleHeadLength = 12;
    private const int UntilLastRect = ushort.MaxValue;

    private readonly RawDecoder _raw = new(context);
    private readonly CopyRectDecoder _copyRect = new(context);
    private readonly RreDecoder _rre = new(context);
    private readonly HextileDecoder _hextile = new(context);
    private readonly ZlibDecoder _zlib = new(context);
    private readonly ZrleDecoder _zrle = new(context);
    private readonly TightDecoder _tight = new(context);
    private readonly CursorDecoder _cursor = new(context);

    /// <summary>The size has changed since this was last set to false, so the screen should be asked for as a whole.</summary>
    public bool Resized { get; set; }

    /// <summary>Reads the message after its type. Returns whether any pixel was changed.</summary>
    public async ValueTask<bool> DecodeAsync(CancellationToken cancellationToken)
    {
        var reader = context.Reader;
        reader.Part = "an update of the screen";
        await reader.EnsureAsync(3, cancellationToken);
        reader.Advance(1);
        var (count, painted, resizes) = (reader.TakeUInt16(), 0L, 0);
        context.BeginUpdate();
        for (var i = 0; i < count || count == UntilLastRect; i++)
        {
            await reader.EnsureAsync(RectangleHeadLength, cancellationToken);
            var area = new ScreenRect(reader.TakeUInt16(), reader.TakeUInt16(), reader.TakeUInt16(), reader.TakeUInt16());
            var encoding = (int)reader.TakeUInt32();
            switch (encoding)
            {
                case RfbEncoding.LastRect:
                    return context.EndUpdate();
                case RfbEncoding.Cursor:
                    await _cursor.DecodeAsync(area, cancellationToken);
                    break;
                case RfbEncoding.DesktopSize:
                    Resize(area, ref resizes);
                    painted = 0;
                    break;
                case RfbEncoding.ExtendedDesktopSize:
                    await ExtendedDesktopSizeAsync(cancellationToken);

                    // The place says why and how it went (the community's specification, "ExtendedDesktopSize"): what failed, changed nothing.
                    if (area.Y == 0)
                    {
                        Resize(area, ref resizes);
                        painted = 0;
                    }

                    break;
                default:
                    Check(area, encoding, ref painted);
                    await PaintAsync(area, encoding, cancellationToken);
                    context.PublishIfLate();
                    break;
            }

            if (i == UntilLastRect)
            {
                throw RfbFailureException.Malformed($"an update of more than {UntilLastRect} rectangles");
            }
        }

        return context.EndUpdate();
    }

    public void Dispose()
    {
        _zlib.Dispose();
        _zrle.Dispose();
        _tight.Dispose();
    }

    private ValueTask PaintAsync(ScreenRect area, int encoding, CancellationToken cancellationToken) => encoding switch
    {
        // There are servers that send such rectangles with nothing in them.
        _ when area.Area == 0 && encoding == RfbEncoding.Raw => ValueTask.CompletedTask,
        RfbEncoding.Raw => _raw.DecodeAsync(area, cancellationToken),
        RfbEncoding.CopyRect => _copyRect.DecodeAsync(area, cancellationToken),
        RfbEncoding.Rre => _rre.DecodeAsync(area, narrow: false, cancellationToken),
        RfbEncoding.CoRre => _rre.DecodeAsync(area, narrow: true, cancellationToken),
        RfbEncoding.Hextile => _hextile.DecodeAsync(area, cancellationToken),
        RfbEncoding.Zlib => _zlib.DecodeAsync(area, cancellationToken),
        RfbEncoding.Tight => _tight.DecodeAsync(area, cancellationToken),
        RfbEncoding.Zrle => _zrle.DecodeAsync(area, cancellationToken),
        _ => throw new RfbFailureException(RfbFailureKind.Unsupported, $"The asset sends encoding {encoding}, which it was not asked for and which cannot be decoded."),
    };

    private void Check(ScreenRect area, int encoding, ref long painted)
    {
        var frame = context.Screen.Frame;
        if (area.Right > frame.Width || area.Bottom > frame.Height)
        {
            throw RfbFailureException.Malformed($"a rectangle of {area.Width} × {area.Height} at {area.X}, {area.Y} (encoding {encoding}), outside the screen of {frame.Width} × {frame.Height}");
        }

        painted += area.Area;
        if (painted > (long)frame.Width * frame.Height * RfbLimits.MaxPaintsPerUpdate)
        {
            throw RfbFailureException.Malformed($"an update that paints the screen more than {RfbLimits.MaxPaintsPerUpdate} times");
        }
    }

    private void Resize(ScreenRect area, ref int resizes)
    {
        if (++resizes > RfbLimits.MaxResizesPerUpdate)
        {
            throw RfbFailureException.Malformed($"an update that changes the screen's size more than {RfbLimits.MaxResizesPerUpdate} times");
        }

        var before = context.Screen.Frame;
        context.Screen.Resize(area.Width, area.Height);
        Resized |= !ReferenceEquals(before, context.Screen.Frame);
    }

    // Which screens there are side by side is of no use here; a panel has one.
    private async ValueTask ExtendedDesktopSizeAsync(CancellationToken cancellationToken)
    {
        await context.Reader.EnsureAsync(4, cancellationToken);
        var screens = context.Reader.TakeByte();
        context.Reader.Advance(3);
        await context.Reader.SkipAsync(screens * 16L, cancellationToken);
    }
}
