using System.Buffers.Binary;

namespace Sallyport.Fuzz;

/// <summary>Spoils a file: single bits, numbers at their limits, ranges removed, doubled, swapped, taken from another file.</summary>
internal static class Mutator
{
    private static readonly long[] Limits =
        [0, 1, -1, 44, 64, 84, 128, 255, 65535, 65536, 1 << 20, 1 << 22, 1 << 25, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, long.MaxValue / 2, 31_622_400_000_000];

    public static byte[] Mutate(byte[] whole, byte[] other, IReadOnlyList<int> places, Random random)
    {
        var bytes = (byte[])whole.Clone();
        for (var times = 1 + random.Next(4); times > 0 && bytes.Length > 0; times--)
        {
            // Half of the time near a chunk's or the file's head, where the numbers are.
            var at = random.Next(2) == 0 ? random.Next(bytes.Length) : Math.Min(bytes.Length - 1, places[random.Next(places.Count)] + random.Next(96));
            var length = Math.Min(bytes.Length - at, 1 + random.Next(200));
            bytes = random.Next(9) switch
            {
                0 or 1 => Set(bytes, at, 1, bytes[at] ^ (1 << random.Next(8))),
                2 => Set(bytes, at, 1, random.Next(256)),
                3 => Set(bytes, at, 4, Limits[random.Next(Limits.Length)]),
                4 => Set(bytes, at, 8, Limits[random.Next(Limits.Length)] + random.Next(3) - 1),
                5 => bytes[..at],
                6 => [.. bytes[..at], .. bytes[(at + length)..]],
                7 => [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]],
                _ => Splice(bytes, other, at, random),
            };
        }

        return bytes;
    }

    private static byte[] Splice(byte[] bytes, byte[] other, int at, Random random)
    {
        var from = random.Next(other.Length);
        var count = Math.Min(1 + random.Next(600), other.Length - from);
        return [.. bytes[..at], .. other[from..(from + count)], .. bytes[Math.Min(bytes.Length, at + (random.Next(2) * count))..]];
    }

    private static byte[] Set(byte[] bytes, int at, int width, long value)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        number[..Math.Min(width, bytes.Length - at)].CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}
