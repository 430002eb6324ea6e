using System.Numerics;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Shadow;

/// <summary>Which parts of a screen have changed: one bit for each tile of 16 × 16 pixels, so it never grows. Not thread-safe.</summary>
internal sealed class DamageMap
{
    public const int TileShift = 4;
    public const int TileSize = 1 << TileShift;

    private readonly int _width;
    private readonly int _height;
    private readonly int _columns;
    private readonly int _rows;
    private readonly int _stride;
    private readonly ulong[] _bits;

    public DamageMap(int width, int height)
    {
        (_width, _height) = (width, height);
        _columns = (width + TileSize - 1) >> TileShift;
        _rows = (height + TileSize - 1) >> TileShift;
        _stride = (_columns + 63) >> 6;
        _bits = new ulong[_rows * _stride];
    }

    public bool IsEmpty => !_bits.AsSpan().ContainsAnyExcept(0UL);

    public void Clear() => Array.Clear(_bits);

    public void MarkAll() => Set(new ScreenRect(0, 0, _width, _height), marked: true);

    public void Mark(ScreenRect area) => Set(area, marked: true);

    /// <param name="area">Made of whole tiles: of a tile that it only touches, the rest would be forgotten.</param>
    public void Unmark(ScreenRect area) => Set(area, marked: false);

    /// <summary>Marks the tiles between two columns of pixels in one row of pixels.</summary>
    public void MarkRow(int left, int right, int y)
    {
        var row = _bits.AsSpan((y >> TileShift) * _stride, _stride);
        SetRow(row, left >> TileShift, (right - 1) >> TileShift, marked: true);
    }

    /// <param name="other">Of the same size.</param>
    public void Add(DamageMap other)
    {
        for (var i = 0; i < _bits.Length; i++)
        {
            _bits[i] |= other._bits[i];
        }
    }

    /// <summary>The marked tiles as few rectangles, from top to bottom, clipped to the screen.</summary>
    public void AddRectanglesTo(List<ScreenRect> rectangles)
    {
        // Of the row above: the first of its runs that may go on below.
        var (above, begin) = (rectangles.Count, rectangles.Count);
        for (var row = 0; row < _rows; row++)
        {
            var (next, at) = (rectangles.Count, above);
            var line = _bits.AsSpan(row * _stride, _stride);
            for (var left = Find(line, 0, marked: true); left < _columns;)
            {
                var right = Find(line, left, marked: false);
                var run = new ScreenRect(left, row, right - left, 1);
                while (at < next && rectangles[at].X < left)
                {
                    at++;
                }

                if (at < next && rectangles[at].X == left && rectangles[at].Width == run.Width && rectangles[at].Bottom == row)
                {
                    rectangles.Add(rectangles[at] with { Height = rectangles[at].Height + 1 });
                    rectangles[at] = default;
                }
                else
                {
                    rectangles.Add(run);
                }

                left = Find(line, right, marked: true);
            }

            above = next;
        }

        var kept = begin;
        for (var i = begin; i < rectangles.Count; i++)
        {
            if (rectangles[i] is { Width: > 0 } tiles)
            {
                rectangles[kept++] = new ScreenRect(tiles.X * TileSize, tiles.Y * TileSize, tiles.Width * TileSize, tiles.Height * TileSize).ClippedTo(_width, _height);
            }
        }

        rectangles.RemoveRange(kept, rectangles.Count - kept);
    }

    private static void SetRow(Span<ulong> row, int first, int last, bool marked)
    {
        for (var word = first >> 6; word <= last >> 6; word++)
        {
            var mask = ulong.MaxValue;
            mask &= word == first >> 6 ? ulong.MaxValue << (first & 63) : mask;
            mask &= word == last >> 6 ? ulong.MaxValue >> (63 - (last & 63)) : mask;
            row[word] = marked ? row[word] | mask : row[word] & ~mask;
        }
    }

    // The first column from there on that is marked, or is not.
    private int Find(ReadOnlySpan<ulong> row, int from, bool marked)
    {
        for (var word = from >> 6; word < row.Length; word++)
        {
            var bits = (marked ? row[word] : ~row[word]) & (word == from >> 6 ? ulong.MaxValue << (from & 63) : ulong.MaxValue);
            if (bits != 0)
            {
                return Math.Min(_columns, (word << 6) + BitOperations.TrailingZeroCount(bits));
            }
        }

        return _columns;
    }

    private void Set(ScreenRect area, bool marked)
    {
        if (area.Width <= 0 || area.Height <= 0)
        {
            return;
        }

        for (var row = area.Y >> TileShift; row <= (area.Bottom - 1) >> TileShift; row++)
        {
            SetRow(_bits.AsSpan(row * _stride, _stride), area.X >> TileShift, (area.Right - 1) >> TileShift, marked);
        }
    }
}
