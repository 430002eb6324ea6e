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

    private readonly List<ScreenRect> _damage = [];
    private ZrleEncoder? _zrle;
    private PixelWriter _writer = new(PixelFormat.Bgrx);
    private IReadOnlySet<int> _encodings = new HashSet<int>();
    private ScreenFrame _frame = subscription.Frame;
    private bool _lowColour;
    private int _next;

    /// <summary>Nothing is left to be written of what was taken.</summary>
    public bool IsIdle => _next >= _damage.Count;

    /// <summary>Changes what is given. After a change of colours the caller has the screen sent anew.</summary>
    /// <param name="lowColour">Three bits a colour: much less for a slow link.</param>
    public void Use(PixelFormat? format, IReadOnlySet<int>? encodings, bool? lowColour)
    {
        _writer = format is { } other ? new PixelWriter(other) : _writer;
        _encodings = encodings ?? _encodings;
        _lowColour = lowColour ?? _lowColour;
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
            WritePart();
            count++;
        }

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
            count += WriteSize(reason: 0, status: 0) ? 1 : 0;
        }

        if (change.CursorChanged && screen.Cursor is { } cursor && _encodings.Contains(RfbEncoding.Cursor))
        {
            WriteCursor(cursor);
            count++;
        }

        Split();
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
        for (var i = _damage.Count - 1; i >= 0; i--)
        {
            var area = _damage[i];
            if (area.Width <= PartWidth && area.Height <= PartHeight)
            {
                continue;
            }

            _damage.RemoveAt(i);
            var at = i;
            for (var y = 0; y < area.Height; y += PartHeight)
            {
                for (var x = 0; x < area.Width; x += PartWidth)
                {
                    _damage.Insert(at++, new ScreenRect(area.X + x, area.Y + y, Math.Min(PartWidth, area.Width - x), Math.Min(PartHeight, area.Height - y)));
                }
            }
        }
    }

    private void WritePart()
    {
        var area = _damage[_next++];
        var numbers = ArrayPool<uint>.Shared.Rent((int)area.Area);
        try
        {
            var pixels = numbers.AsSpan(0, (int)area.Area);
            subscription.Settle(_frame, area);
            _frame.Copy(area, pixels);
            if (_lowColour)
            {
                Reduce(pixels);
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

    // Three bits of each colour, spread so that white stays white.
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
