using System.Buffers.Binary;
using System.IO.Compression;

namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>ZRLE (RFC 6143, section 7.7.6) for one viewer: its zlib stream goes on from rectangle to rectangle.</summary>
internal sealed class ZrleEncoder(int compressionLevel = ZrleEncoder.DefaultLevel) : IDisposable
{
    private const int DefaultLevel = 2;
    private const int TileSize = 64;
    private const int PlainRuns = 128;

    private readonly TileColours _colours = new();
    private readonly uint[] _tile = new uint[TileSize * TileSize];

    // A raw tile, or the runs that are about as short, with its type.
    private readonly byte[] _bytes = new byte[64 + (TileSize * TileSize * 4)];
    private UpdateBuffer? _target;
    private ZLibStream? _zlib;

    /// <param name="numbers">The rectangle's pixels as the viewer's numbers, row after row.</param>
    public void Encode(ReadOnlySpan<uint> numbers, int width, int height, PixelWriter writer, UpdateBuffer target)
    {
        // The stream that zlib writes to is given once; a viewer has one buffer.
        _zlib ??= new ZLibStream(_target = target, new ZLibCompressionOptions { CompressionLevel = compressionLevel }, leaveOpen: true);
        if (_target != target)
        {
            throw new ArgumentException("Another buffer than before.", nameof(target));
        }

        var start = target.Count;
        target.AddInt32(0);
        for (var y = 0; y < height; y += TileSize)
        {
            for (var x = 0; x < width; x += TileSize)
            {
                var (tileWidth, tileHeight) = (Math.Min(TileSize, width - x), Math.Min(TileSize, height - y));
                var tile = _tile.AsSpan(0, tileWidth * tileHeight);
                for (var row = 0; row < tileHeight; row++)
                {
                    numbers.Slice(((y + row) * width) + x, tileWidth).CopyTo(tile[(row * tileWidth)..]);
                }

                _zlib.Write(_bytes.AsSpan(0, EncodeTile(tile, tileWidth, tileHeight, writer)));
            }
        }

        _zlib.Flush();
        BinaryPrimitives.WriteInt32BigEndian(target.At(start, 4), target.Count - start - 4);
    }

    public void Dispose() => _zlib?.Dispose();

    private int EncodeTile(ReadOnlySpan<uint> tile, int width, int height, PixelWriter writer)
    {
        _colours.Look(tile);
        var (size, colours, runs) = (writer.CompactSize, _colours.Count, _colours.Runs + _colours.Singles);
        var stride = colours switch { 2 => width + 7 >> 3, <= 4 => width + 3 >> 2, _ => width + 1 >> 1 };

        // What is shortest before zlib is nearly always shortest after it, and is less work for it.
        var raw = tile.Length * size;
        var plainRuns = runs * (size + 1);
        var packed = colours is > 1 and <= 16 ? (colours * size) + (stride * height) : int.MaxValue;
        var paletteRuns = colours is > 1 and <= TileColours.MaxColours ? (colours * size) + _colours.Singles + (2 * _colours.Runs) : int.MaxValue;
        if (colours == 1)
        {
            _bytes[0] = 1;
            writer.WriteCompact(tile[..1], _bytes.AsSpan(1));
            return 1 + size;
        }

        var least = Math.Min(Math.Min(raw, plainRuns), Math.Min(packed, paletteRuns));
        if (least == packed)
        {
            return Pack(tile, width, colours, writer);
        }

        if (least == raw)
        {
            _bytes[0] = 0;
            writer.WriteCompact(tile, _bytes.AsSpan(1));
            return 1 + raw;
        }

        return WriteRuns(tile, least == paletteRuns ? colours : 0, writer);
    }

    private int Pack(ReadOnlySpan<uint> tile, int width, int colours, PixelWriter writer)
    {
        var bits = colours switch { 2 => 1, <= 4 => 2, _ => 4 };
        var at = WritePalette(colours, colours, writer);
        var (last, index) = (tile[0], _colours.IndexOf(tile[0]));
        for (var start = 0; start < tile.Length; start += width)
        {
            var (packed, free) = (0, 8);
            foreach (var pixel in tile.Slice(start, width))
            {
                if (pixel != last)
                {
                    (last, index) = (pixel, _colours.IndexOf(pixel));
                }

                free -= bits;
                packed |= index << free;
                if (free == 0)
                {
                    _bytes[at++] = (byte)packed;
                    (packed, free) = (0, 8);
                }
            }

            if (free < 8)
            {
                _bytes[at++] = (byte)packed;
            }
        }

        return at;
    }

    // Zero colours: runs without a palette.
    private int WriteRuns(ReadOnlySpan<uint> tile, int colours, PixelWriter writer)
    {
        var at = WritePalette(PlainRuns + colours, colours, writer);
        for (int start = 0, end; start < tile.Length; start = end)
        {
            var next = tile[start..].IndexOfAnyExcept(tile[start]);
            end = next < 0 ? tile.Length : start + next;
            var more = end - start - 1;
            if (colours == 0)
            {
                writer.WriteCompact(tile.Slice(start, 1), _bytes.AsSpan(at));
                at += writer.CompactSize;
            }
            else
            {
                var index = _colours.IndexOf(tile[start]);
                _bytes[at++] = (byte)(more > 0 ? index | 128 : index);
                if (more == 0)
                {
                    continue;
                }
            }

            for (; more >= 255; more -= 255)
            {
                _bytes[at++] = 255;
            }

            _bytes[at++] = (byte)more;
        }

        return at;
    }

    private int WritePalette(int type, int colours, PixelWriter writer)
    {
        _bytes[0] = (byte)type;
        writer.WriteCompact(_colours.Colours[..colours], _bytes.AsSpan(1));
        return 1 + (colours * writer.CompactSize);
    }
}
