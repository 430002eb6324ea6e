using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Shadow;

/// <summary>
/// The gateway's own copy of an asset's screen: what viewers, recorders and thumbnails are fed from. One writer, the asset's
/// reader; any number of <see cref="Subscribe">subscribers</see>, which learn what has changed since they last looked and
/// never wait for one another.
/// </summary>
public sealed class ScreenShadow
{
    private readonly Lock _lock = new();
    private readonly List<ScreenSubscription> _subscriptions = [];
    private DamageMap _painted;
    private volatile ScreenFrame _frame;
    private volatile ScreenCursor? _cursor;

    /// <exception cref="RfbFailureException">The size is beyond the limits.</exception>
    public ScreenShadow(int width, int height, int maxPixels = RfbLimits.MaxPixels)
    {
        MaxPixels = maxPixels;
        _frame = NewFrame(width, height);
        _painted = new DamageMap(width, height);
    }

    /// <summary>The pixels; another object after a change of size.</summary>
    public ScreenFrame Frame => _frame;

    /// <summary>Null until the asset gives one: then it draws the pointer into the picture, or has none.</summary>
    public ScreenCursor? Cursor => _cursor;

    internal int MaxPixels { get; }

    /// <summary>Something was painted, differently than it was, since the last <see cref="Publish"/>.</summary>
    internal bool HasPainted { get; private set; }

    /// <summary>The whole screen counts as changed to a new subscriber.</summary>
    public ScreenSubscription Subscribe()
    {
        lock (_lock)
        {
            var subscription = new ScreenSubscription(_lock, _frame, Remove);
            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    /// <summary>Paints a row of pixels. Only where it differs is it damage: there are panels that send everything again and again.</summary>
    internal void PaintRow(int x, int y, ReadOnlySpan<uint> pixels)
    {
        var target = _frame.Pixels.AsSpan((y * _frame.Width) + x, pixels.Length);
        if (pixels.SequenceEqual(target))
        {
            return;
        }

        HasPainted = true;
        for (int left = 0, right; left < pixels.Length; left = right)
        {
            right = Math.Min(pixels.Length, ((x + left + DamageMap.TileSize) & -DamageMap.TileSize) - x);
            if (!pixels[left..right].SequenceEqual(target[left..right]))
            {
                _painted.MarkRow(x + left, x + right, y);
            }
        }

        pixels.CopyTo(target);
    }

    /// <param name="area">Inside the screen.</param>
    /// <param name="pixels">Row after row, without gaps.</param>
    internal void PaintBlock(ScreenRect area, ReadOnlySpan<uint> pixels)
    {
        for (var y = 0; y < area.Height; y++)
        {
            PaintRow(area.X, area.Y + y, pixels.Slice(y * area.Width, area.Width));
        }
    }

    internal void Fill(ScreenRect area, uint pixel)
    {
        for (var y = area.Y; y < area.Bottom; y++)
        {
            var target = _frame.Pixels.AsSpan((y * _frame.Width) + area.X, area.Width);
            if (target.ContainsAnyExcept(pixel))
            {
                HasPainted = true;
                _painted.MarkRow(area.X, area.Right, y);
                target.Fill(pixel);
            }
        }
    }

    /// <summary>Copies from another place of the screen; the two may overlap.</summary>
    internal void Copy(ScreenRect area, int fromX, int fromY)
    {
        for (var i = 0; i < area.Height; i++)
        {
            // Downwards, the last row goes first, or it would be overwritten before it is read.
            var row = fromY < area.Y ? area.Height - 1 - i : i;
            PaintRow(area.X, area.Y + row, _frame.Row(fromY + row).Slice(fromX, area.Width));
        }
    }

    /// <summary>Changes the size and keeps what both sizes show, so that nobody sees black in between.</summary>
    /// <exception cref="RfbFailureException">The size is beyond the limits.</exception>
    internal void Resize(int width, int height)
    {
        var old = _frame;
        if (width == old.Width && height == old.Height)
        {
            return;
        }

        var frame = NewFrame(width, height);
        for (var y = 0; y < Math.Min(height, old.Height); y++)
        {
            old.Row(y)[..Math.Min(width, old.Width)].CopyTo(frame.Pixels.AsSpan(y * width));
        }

        lock (_lock)
        {
            _frame = frame;
            _painted = new DamageMap(width, height);
            HasPainted = true;
            _subscriptions.ForEach(s => s.Replace(frame));
        }
    }

    internal void SetCursor(ScreenCursor cursor)
    {
        lock (_lock)
        {
            _cursor = cursor;
            _subscriptions.ForEach(s => s.AddCursor());
        }
    }

    /// <summary>Lets the subscribers know of what was painted. Returns whether anything was.</summary>
    internal bool Publish()
    {
        if (!HasPainted)
        {
            return false;
        }

        HasPainted = false;
        lock (_lock)
        {
            _subscriptions.ForEach(s => s.Add(_painted));
        }

        _painted.Clear();
        return true;
    }

    private ScreenFrame NewFrame(int width, int height) =>
        width is < 1 or > RfbLimits.MaxSide || height is < 1 or > RfbLimits.MaxSide || width * height > MaxPixels
            ? throw RfbFailureException.Malformed($"a screen of {width} × {height} pixels, where at most {RfbLimits.MaxSide} on a side and {MaxPixels} in all are taken")
            : new ScreenFrame(width, height);

    private void Remove(ScreenSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
        }
    }
}
