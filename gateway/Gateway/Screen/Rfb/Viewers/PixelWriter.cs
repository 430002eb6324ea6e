using System.Buffers.Binary;

namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>Turns the shadow's pixels into a viewer's: first into numbers, which are compared and counted, then into bytes.</summary>
internal sealed class PixelWriter
{
    private readonly PixelFormat _format;
    private readonly uint[] _reds = new uint[256];
    private readonly uint[] _greens = new uint[256];
    private readonly uint[] _blues = new uint[256];

    /// <param name="format">With true colour.</param>
    public PixelWriter(PixelFormat format)
    {
        _format = format;
        CompactSize = format.IsCompact ? 3 : format.BytesPerPixel;
        for (var i = 0; i < 256; i++)
        {
            _reds[i] = Scale(i, format.RedMax) << format.RedShift;
            _greens[i] = Scale(i, format.GreenMax) << format.GreenShift;
            _blues[i] = Scale(i, format.BlueMax) << format.BlueShift;
        }

        static uint Scale(int value, ushort max) => (uint)(((value * max) + 127) / 255);
    }

    public int Size => _format.BytesPerPixel;

    /// <summary>Bytes of ZRLE's CPIXEL.</summary>
    public int CompactSize { get; }

    /// <summary>The shadow's pixels as the viewer's numbers. Both may be the same memory.</summary>
    public void Convert(ReadOnlySpan<uint> pixels, Span<uint> numbers)
    {
        if (_format is { BitsPerPixel: 32, RedMax: 255, GreenMax: 255, BlueMax: 255 })
        {
            var (red, green, blue) = (_format.RedShift, _format.GreenShift, _format.BlueShift);
            for (var i = 0; i < pixels.Length; i++)
            {
                var pixel = pixels[i];
                numbers[i] = ((pixel >> 16 & 255) << red) | ((pixel >> 8 & 255) << green) | ((pixel & 255) << blue);
            }

            return;
        }

        for (var i = 0; i < pixels.Length; i++)
        {
            var pixel = pixels[i];
            numbers[i] = _reds[pixel >> 16 & 255] | _greens[pixel >> 8 & 255] | _blues[pixel & 255];
        }
    }

    /// <summary>Numbers as ZRLE's bytes; little-endian three bytes are what browsers ask for.</summary>
    public void WriteCompact(ReadOnlySpan<uint> numbers, Span<byte> bytes)
    {
        if (CompactSize != 3)
        {
            Write(numbers, bytes);
            return;
        }

        var shift = _format.FitsLow ? 0 : 8;
        if (_format.BigEndian)
        {
            for (int i = 0, at = 0; i < numbers.Length; i++, at += 3)
            {
                var number = numbers[i] >> shift;
                (bytes[at], bytes[at + 1], bytes[at + 2]) = ((byte)(number >> 16), (byte)(number >> 8), (byte)number);
            }

            return;
        }

        for (int i = 0, at = 0; i < numbers.Length; i++, at += 3)
        {
            var number = numbers[i] >> shift;
            (bytes[at], bytes[at + 1], bytes[at + 2]) = ((byte)number, (byte)(number >> 8), (byte)(number >> 16));
        }
    }

    /// <summary>Numbers as whole pixels.</summary>
    public void Write(ReadOnlySpan<uint> numbers, Span<byte> bytes)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            var target = bytes[(i * Size)..];
            switch (Size)
            {
                case 1:
                    target[0] = (byte)numbers[i];
                    break;
                case 2 when _format.BigEndian:
                    BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)numbers[i]);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)numbers[i]);
                    break;
                default:
                    BinaryPrimitives.WriteUInt32LittleEndian(target, _format.BigEndian ? BinaryPrimitives.ReverseEndianness(numbers[i]) : numbers[i]);
                    break;
            }
        }
    }
}
