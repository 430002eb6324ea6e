using System.Buffers.Binary;
using System.Numerics;

namespace Sallyport.Tests.Support;

/// <summary>The files of xwd and xwud: a head of 25 numbers, a name, colours, pixels.</summary>
internal static class XwdImage
{
    private const int HeadLength = 100;
    private const int ColourLength = 12;
    private const uint Opaque = 0xFF000000;

    public static byte[] Write(int width, int height, uint[] pixels)
    {
        uint[] head = [HeadLength + 1, 7, 2, 24, (uint)width, (uint)height, 0, 0, 32, 0, 32, 32, (uint)width * 4, 4, 0xFF0000, 0xFF00, 0xFF, 8, 256, 0, (uint)width, (uint)height, 0, 0, 0];
        var file = new byte[HeadLength + 1 + (pixels.Length * 4)];
        for (var i = 0; i < head.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(4 * i), head[i]);
        }

        for (var i = 0; i < pixels.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(HeadLength + 1 + (4 * i)), pixels[i] & 0xFFFFFF);
        }

        return file;
    }

    public static (int Width, int Height, uint[] Pixels) Read(byte[] file)
    {
        var (width, height, bits, stride) = (Number(4), Number(5), Number(11), Number(12));
        var bigEndian = Number(7) == 1;
        var colours = new Dictionary<uint, uint>();
        for (var (i, at) = (0, Number(0)); i < Number(19); i++, at += ColourLength)
        {
            var colour = file.AsSpan(at);
            colours[BinaryPrimitives.ReadUInt32BigEndian(colour)] = Opaque | ((uint)colour[4] << 16) | ((uint)colour[6] << 8) | colour[8];
        }

        var (red, green, blue) = ((uint)Number(14), (uint)Number(15), (uint)Number(16));
        var pixels = new uint[width * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var bytes = file.AsSpan(Number(0) + (Number(19) * ColourLength) + (y * stride) + (x * bits / 8));
                var value = bits switch
                {
                    8 => bytes[0],
                    16 => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
                    _ => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
                };
                pixels[(y * width) + x] = red == 0 || red == green ? colours[value] : Opaque | (Channel(value, red) << 16) | (Channel(value, green) << 8) | Channel(value, blue);
            }
        }

        return (width, height, pixels);

        int Number(int index) => BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(4 * index));

        static uint Channel(uint value, uint mask)
        {
            var max = mask >> BitOperations.TrailingZeroCount(mask);
            return (((value & mask) >> BitOperations.TrailingZeroCount(mask)) * 255 + (max / 2)) / max;
        }
    }
}
