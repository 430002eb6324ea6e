using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Decoding;

/// <summary>What all decoders of one connection share: where bytes come from, where pixels go, and what pixels look like.</summary>
internal sealed class DecodingContext(RfbReader reader, ScreenShadow screen, TimeProvider time)
{
    /// <summary>A long update is shown in parts, so that on a slow line the picture is seen to come.</summary>
    private static readonly TimeSpan PublishInterval = TimeSpan.FromMilliseconds(250);

    private readonly uint[] _map = [.. Enumerable.Repeat(ScreenFrame.Opaque, 256)];
    private PixelFormat _format;
    private long _published;
    private bool _changed;

    public RfbReader Reader => reader;

    public ScreenShadow Screen => screen;

    /// <summary>A row of the widest screen, or a tile, on its way to the shadow.</summary>
    public uint[] Scratch { get; } = new uint[RfbLimits.MaxSide];

    public PixelConverter Pixels { get; private set; } = PixelConverter.ForPixels(PixelFormat.Bgrx, default);

    public PixelConverter CompactPixels { get; private set; } = PixelConverter.ForCompactPixels(PixelFormat.Bgrx, default);

    public PixelConverter TightPixels { get; private set; } = PixelConverter.ForTightPixels(PixelFormat.Bgrx, default);

    public PixelFormat Format
    {
        get => _format;
        set
        {
            _format = value;
            Convert();
        }
    }

    public void BeginUpdate()
    {
        _published = time.GetTimestamp();
        _changed = false;
    }

    /// <summary>Called often, between pieces of a picture.</summary>
    public void PublishIfLate()
    {
        if (screen.HasPainted && time.GetElapsedTime(_published) > PublishInterval)
        {
            _published = time.GetTimestamp();
            _changed |= screen.Publish();
        }
    }

    /// <summary>Returns whether the update changed any pixel.</summary>
    public bool EndUpdate() => screen.Publish() || _changed;

    /// <summary>SetColourMapEntries (RFC 6143, section 7.6.2).</summary>
    public void SetColour(int index, uint colour) => _map[index] = colour;

    /// <summary>What was set is used from now on.</summary>
    public void Convert()
    {
        Pixels = PixelConverter.ForPixels(_format, _map);
        CompactPixels = PixelConverter.ForCompactPixels(_format, _map);
        TightPixels = PixelConverter.ForTightPixels(_format, _map);
    }
}
