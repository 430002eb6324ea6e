using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Screen.Rfb.Decoding;

/// <summary>Turns pixels as a server sends them into the shadow's. What is decided per format is decided once, here.</summary>
internal sealed class PixelConverter
{
    private enum Way : byte
    {
        Map8,
        Channels16,
        Channels32,
        Shuffle32,
        Bytes3,
    }

    private readonly Way _way;
    private readonly bool _swap;
    private readonly PixelFormat _format;

    // The colours of 8-bit pixels, or each channel's values already in their places.
    private readonly uint[] _map = [];
    private readonly uint[] _reds = [];
    private readonly uint[] _greens = [];
    private readonly uint[] _blues = [];

    // Where blue, green and red are in 3 or 4 bytes.
    private readonly int _blue;
    private readonly int _green;
    private readonly int _red;
    private readonly Vector128<byte> _shuffle;

    private PixelConverter(PixelFormat format, int size, Way way, (int Blue, int Green, int Red) places = default, ReadOnlySpan<uint> map = default)
    {
        (_format, Size, _way) = (format, size, way);
        _swap = format.BigEndian == BitConverter.IsLittleEndian;
        (_blue, _green, _red) = places;
        switch (way)
        {
            case Way.Map8:
                _map = map.ToArray();
                break;
            case Way.Channels16 or Way.Channels32:
                (_reds, _greens, _blues) = (Values(format.RedMax, 16), Values(format.GreenMax, 8), Values(format.BlueMax, 0));
                break;
            case Way.Shuffle32:
                Span<byte> order = stackalloc byte[16];
                for (var i = 0; i < 4; i++)
                {
                    order[4 * i] = (byte)((4 * i) + _blue);
                    order[(4 * i) + 1] = (byte)((4 * i) + _green);
                    order[(4 * i) + 2] = (byte)((4 * i) + _red);
                    order[(4 * i) + 3] = 0xFF;
                }

                _shuffle = Vector128.Create<byte>(order);
                break;
        }
    }

    /// <summary>Bytes of a pixel.</summary>
    public int Size { get; }

    /// <summary>Pixels as Raw and most other encodings have them.</summary>
    /// <param name="map">256 colours, for a format without true colour.</param>
    public static PixelConverter ForPixels(PixelFormat format, ReadOnlySpan<uint> map)
    {
        switch (format.BitsPerPixel)
        {
            case 8 when !format.TrueColour:
                return new PixelConverter(format, 1, Way.Map8, map: map);
            case 8:
                Span<uint> colours = stackalloc uint[256];
                var (reds, greens, blues) = (Values(format.RedMax, 16), Values(format.GreenMax, 8), Values(format.BlueMax, 0));
                for (var i = 0; i < colours.Length; i++)
                {
                    colours[i] = Join(i, format, reds, greens, blues);
                }

                return new PixelConverter(format, 1, Way.Map8, map: colours);
            case 16:
                return new PixelConverter(format, 2, Way.Channels16);
            default:
                return HasWholeBytes(format) ? new PixelConverter(format, 4, Way.Shuffle32, BytesOf(format)) : new PixelConverter(format, 4, Way.Channels32);
        }
    }

    /// <summary>ZRLE's CPIXEL (RFC 6143, section 7.7.5).</summary>
    public static PixelConverter ForCompactPixels(PixelFormat format, ReadOnlySpan<uint> map)
    {
        if (!format.IsCompact)
        {
            return ForPixels(format, map);
        }

        // Of four bytes, the three that hold colours are sent, in the same order.
        var dropped = format.FitsLow == format.BigEndian ? 0 : 3;
        if (HasWholeBytes(format))
        {
            var (blue, green, red) = BytesOf(format);
            return new PixelConverter(format, 3, Way.Bytes3, dropped == 0 ? (blue - 1, green - 1, red - 1) : (blue, green, red));
        }

        var shift = format.FitsLow ? 0 : 8;
        return new PixelConverter(
            format with { RedShift = (byte)(format.RedShift - shift), GreenShift = (byte)(format.GreenShift - shift), BlueShift = (byte)(format.BlueShift - shift) }, 3, Way.Channels32);
    }

    /// <summary>Tight's TPIXEL: red, green, blue where all have 8 bits.</summary>
    public static PixelConverter ForTightPixels(PixelFormat format, ReadOnlySpan<uint> map) =>
        format.IsTight ? new PixelConverter(format, 3, Way.Bytes3, (2, 1, 0)) : ForPixels(format, map);

    /// <summary>The first pixel of the bytes.</summary>
    public uint One(ReadOnlySpan<byte> bytes)
    {
        switch (_way)
        {
            case Way.Map8:
                return _map[bytes[0]];
            case Way.Bytes3 or Way.Shuffle32:
                return ScreenFrame.Opaque | ((uint)bytes[_red] << 16) | ((uint)bytes[_green] << 8) | bytes[_blue];
            default:
                uint pixel = default;
                Many(bytes[..Size], MemoryMarshal.CreateSpan(ref pixel, 1));
                return pixel;
        }
    }

    /// <param name="bytes">As many as the pixels have.</param>
    public void Many(ReadOnlySpan<byte> bytes, Span<uint> pixels)
    {
        switch (_way)
        {
            case Way.Map8:
                for (var i = 0; i < pixels.Length; i++)
                {
                    pixels[i] = _map[bytes[i]];
                }

                break;
            case Way.Channels16:
                var words = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < pixels.Length; i++)
                {
                    pixels[i] = Join(_swap ? BinaryPrimitives.ReverseEndianness(words[i]) : words[i], _format, _reds, _greens, _blues);
                }

                break;
            case Way.Channels32 when Size == 3:
                for (var i = 0; i < pixels.Length; i++)
                {
                    var three = bytes.Slice(3 * i, 3);
                    pixels[i] = Join(_format.BigEndian ? (three[0] << 16) | (three[1] << 8) | three[2] : (three[2] << 16) | (three[1] << 8) | three[0], _format, _reds, _greens, _blues);
                }

                break;
            case Way.Channels32:
                var numbers = MemoryMarshal.Cast<byte, int>(bytes);
                for (var i = 0; i < pixels.Length; i++)
                {
                    pixels[i] = Join(_swap ? BinaryPrimitives.ReverseEndianness(numbers[i]) : numbers[i], _format, _reds, _greens, _blues);
                }

                break;
            case Way.Shuffle32:
                Shuffle(bytes, pixels);
                break;
            default:
                for (int i = 0, at = 0; i < pixels.Length; i++, at += 3)
                {
                    pixels[i] = ScreenFrame.Opaque | ((uint)bytes[at + _red] << 16) | ((uint)bytes[at + _green] << 8) | bytes[at + _blue];
                }

                break;
        }
    }

    private void Shuffle(ReadOnlySpan<byte> bytes, Span<uint> pixels)
    {
        var opaque = Vector128.Create(ScreenFrame.Opaque);
        var i = 0;
        for (; i + 4 <= pixels.Length; i += 4)
        {
            var four = Vector128.Shuffle(Vector128.Create(bytes.Slice(4 * i, 16)), _shuffle);
            (four.AsUInt32() | opaque).CopyTo(pixels[i..]);
        }

        for (; i < pixels.Length; i++)
        {
            pixels[i] = One(bytes[(4 * i)..]);
        }
    }

    private static bool HasWholeBytes(PixelFormat format) =>
        (format.RedMax, format.GreenMax, format.BlueMax) == (255, 255, 255) && ((format.RedShift | format.GreenShift | format.BlueShift) & 7) == 0;

    private static (int Blue, int Green, int Red) BytesOf(PixelFormat format)
    {
        return (Place(format.BlueShift), Place(format.GreenShift), Place(format.RedShift));

        int Place(int shift) => format.BigEndian ? 3 - (shift / 8) : shift / 8;
    }

    // A channel's values scaled to 8 bits, in their place in the shadow's pixel. A maximum that is not all ones is none that RFC 6143
    // allows; what it cannot say is full. More than 8 bits are few servers' (10): a table of 65536 is still small.
    private static uint[] Values(ushort max, int place)
    {
        var values = new uint[(int)BitOperations.RoundUpToPowerOf2((uint)max + 1)];
        for (var i = 0; max > 0 && i < values.Length; i++)
        {
            values[i] = (uint)(((Math.Min(i, max) * 255L) + (max / 2)) / max) << place;
        }

        return values;
    }

    private static uint Join(int pixel, PixelFormat format, uint[] reds, uint[] greens, uint[] blues) =>
        ScreenFrame.Opaque | reds[(pixel >>> format.RedShift) & (reds.Length - 1)] | greens[(pixel >>> format.GreenShift) & (greens.Length - 1)] | blues[(pixel >>> format.BlueShift) & (blues.Length - 1)];
}
