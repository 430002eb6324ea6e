using System.Buffers;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>
/// Writes updates for one viewer: what has changed, as it is at the time of writing. A large change is written in parts, from
/// top to bottom, and whatever changes meanwhile in a part that is yet to come is written once, in its newest state.
/// </summary>
internal sealed class UpdateEncoder(ScreenShadow screen, ScreenSubscription subscription, UpdateBuffer buffer) : IDisposable
{
    // A part is at most that large: rows of ZRLE tiles, and 512 KiB of pixels.
    private const int PartHeight = 64;
    private const int PartWidth = 2048;
    private const int HeadLength = 4;

    // No part need be smaller, however little room there is.
    private const int SmallPartWidth = 256;

    // Changes of so few pixels, such as a clock, are worth no loss of colour.
    private const int SmallArea = 8 * 1024;

    // Of what was written with fewer colours, so many parts are written again at a time: something new may come in between.
    private const int RestoredParts = 2;

    private readonly List<ScreenRect> _damage = [];
    private ZrleEncoder? _zrle;
    private PixelWriter _writer = new(PixelFormat.Bgrx);
    private IReadOnlySet<int> _encodings = new HashSet<int>();
    private ScreenFrame _frame = subscription.Frame;
    private DamageMap _reduced = new(subscription.Frame.Width, subscription.Frame.Height);
    private ViewerColours _colours;
    private bool _isSlow;
    private bool _isLarge;
    private bool _restoring;
    private volatile bool _isReduced;
    private int _next;

    /// <summary>Nothing is left to be written of what was taken.</summary>
    public bool IsIdle => _next >= _damage.Count;

    /// <summary>Part of what was written last has fewer colours than the screen.</summary>
    public bool IsReduced => _isReduced;

    /// <summary>The last update wrote such parts again, and there are more.</summary>
    public bool IsRestoring => _restoring && _isReduced;

    /// <summary>Changes what is given, from the next changes on.</summary>
    public void Use(PixelFormat? format, IReadOnlySet<int>? encodings, ViewerColours colours, bool isSlow)
    {
        (_colours, _isSlow) = (colours, isSlow);
        _writer = format is { } other ? new PixelWriter(other) : _writer;
        _encodings = encodings ?? _encodings;
    }

    /// <summary>Writes a FramebufferUpdate of about that many bytes or less. False: there is nothing to write.</summary>
    public bool Write(int bytes)
    {
        buffer.Clear();
        buffer.Add(HeadLength).Clear();
        var count = 0;
        if (IsIdle || !ReferenceEquals(subscription.Frame, _frame))
        {
            count = Begin();
        }

        while (_next < _damage.Count && buffer.Count < bytes)
        {
            WritePart(bytes - buffer.Count);
            count++;
        }

        _isReduced = !_reduced.IsEmpty;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(buffer.At(2, 2), (ushort)count);
        return count > 0;
    }

    public void Dispose() => _zrle?.Dispose();

    // Takes what is new and writes what is no picture.
    private int Begin()
    {
        var change = subscription.Take(_damage);
        (_frame, _next) = (change.Frame, 0);
        var count = 0;
        if (change.Resized)
        {
            _reduced = new DamageMap(_frame.Width, _frame.Height);
            count += WriteSize(reason: 0, status: 0) ? 1 : 0;
        }

        if (change.CursorChanged && screen.Cursor is { } cursor && _encodings.Contains(RfbEncoding.Cursor))
        {
            WriteCursor(cursor);
            count++;
        }

        _restoring = _damage.Count == 0;
        if (!_restoring)
        {
            _isLarge = _damage.Sum(area => area.Area) > SmallArea;
            Split();
        }
        else if (_colours != ViewerColours.Low)
        {
            _reduced.AddRectanglesTo(_damage);
            Split();
            _damage.RemoveRange(Math.Min(RestoredParts, _damage.Count), Math.Max(0, _damage.Count - RestoredParts));
        }

        return count;
    }

    /// <summary>A rectangle with the screen's size, for a viewer that takes one.</summary>
    private bool WriteSize(int reason, int status)
    {
        if (_encodings.Contains(RfbEncoding.ExtendedDesktopSize))
        {
            WriteExtendedSize(reason, status);
            return true;
        }

        if (!_encodings.Contains(RfbEncoding.DesktopSize))
        {
            throw new RfbFailureException(RfbFailureKind.Unsupported, "The screen's size has changed, and the viewer cannot follow.");
        }

        WriteHead(new ScreenRect(0, 0, _frame.Width, _frame.Height), RfbEncoding.DesktopSize);
        return true;
    }

    /// <summary>An update that answers SetDesktopSize: a viewer may not change the asset's screen.</summary>
    public void WriteSizeRefusal()
    {
        buffer.Clear();
        buffer.AddUInt16(0);
        buffer.AddUInt16(1);
        WriteExtendedSize(reason: 1, status: 1);
    }

    private void WriteExtendedSize(int reason, int status)
    {
        WriteHead(new ScreenRect(reason, status, _frame.Width, _frame.Height), RfbEncoding.ExtendedDesktopSize);
        buffer.AddInt32(1 << 24);
        buffer.AddInt32(0);
        buffer.AddInt32(0);
        buffer.AddUInt16(_frame.Width);
        buffer.AddUInt16(_frame.Height);
        buffer.AddInt32(0);
    }

    private void WriteCursor(ScreenCursor cursor)
    {
        WriteHead(new ScreenRect(cursor.HotX, cursor.HotY, cursor.Width, cursor.Height), RfbEncoding.Cursor);
        var numbers = new uint[cursor.Pixels.Length];
        _writer.Convert(cursor.Pixels.Span, numbers);
        _writer.Write(numbers, buffer.Add(numbers.Length * _writer.Size));
        var stride = (cursor.Width + 7) / 8;
        var mask = buffer.Add(stride * cursor.Height);
        mask.Clear();
        for (var i = 0; i < cursor.Pixels.Length; i++)
        {
            if (cursor.Pixels.Span[i] >> 24 != 0)
            {
                mask[(i / cursor.Width * stride) + (i % cursor.Width / 8)] |= (byte)(128 >> (i % cursor.Width % 8));
            }
        }
    }

    private void Split()
    {
        var width = _restoring ? SmallPartWidth : PartWidth;
        for (var i = _damage.Count - 1; i >= 0; i--)
        {
            var area = _damage[i];
            if (area.Width <= width && area.Height <= PartHeight)
            {
                continue;
            }

            _damage.RemoveAt(i);
            var at = i;
            for (var y = 0; y < area.Height; y += PartHeight)
            {
                for (var x = 0; x < area.Width; x += width)
                {
                    _damage.Insert(at++, new ScreenRect(area.X + x, area.Y + y, Math.Min(width, area.Width - x), Math.Min(PartHeight, area.Height - y)));
                }
            }
        }
    }

    // A link may turn out to be slow in the middle of a change; what is left of it gets fewer colours then.
    private bool IsFewer => _colours == ViewerColours.Low || (_colours == ViewerColours.Automatic && _isSlow && _isLarge && !_restoring);

    // As wide as may fit if nothing can be compressed, in whole tiles.
    private void WritePart(int room)
    {
        var area = _damage[_next++];
        var width = Math.Max(SmallPartWidth, room / (PartHeight * 3) & -DamageMap.TileSize);
        if (area.Width > width)
        {
            _damage.Insert(_next, area with { X = area.X + width, Width = area.Width - width });
            area = area with { Width = width };
        }

        var numbers = ArrayPool<uint>.Shared.Rent((int)area.Area);
        try
        {
            var pixels = numbers.AsSpan(0, (int)area.Area);
            subscription.Settle(_frame, area);
            _frame.Copy(area, pixels);
            if (IsFewer)
            {
                Reduce(pixels);
                _reduced.Mark(area);
            }
            else
            {
                _reduced.Unmark(area);
            }

            _writer.Convert(pixels, pixels);
            if (_encodings.Contains(RfbEncoding.Zrle))
            {
                WriteHead(area, RfbEncoding.Zrle);
                (_zrle ??= new ZrleEncoder()).Encode(pixels, area.Width, area.Height, _writer, buffer);
            }
            else
            {
                WriteHead(area, RfbEncoding.Raw);
                _writer.Write(pixels, buffer.Add(pixels.Length * _writer.Size));
            }
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(numbers);
        }
    }

    // Three bits of each colour, much less for a slow link, and spread so that white stays white.
    private static void Reduce(Span<uint> pixels)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            var high = pixels[i] & 0xE0E0E0;
            pixels[i] = high | (high >> 3 & 0x1C1C1C) | (high >> 6 & 0x030303);
        }
    }

    private void WriteHead(ScreenRect area, int encoding)
    {
        buffer.AddUInt16(area.X);
        buffer.AddUInt16(area.Y);
        buffer.AddUInt16(area.Width);
        buffer.AddUInt16(area.Height);
        buffer.AddInt32(encoding);
    }
}
