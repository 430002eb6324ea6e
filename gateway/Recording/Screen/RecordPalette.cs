namespace Sallyport.Recording.Screen;

/// <summary>Panels show few colours: up to 256 of them make a picture a third as large, and much quicker to compress.</summary>
internal sealed class RecordPalette
{
    private const int MaxColours = 256;
    private const int Slots = 1024;

    private readonly uint[] _colours = new uint[MaxColours];
    private readonly uint[] _keys = new uint[Slots];
    private readonly byte[] _indexes = new byte[Slots];

    public int Count { get; private set; }

    public ReadOnlySpan<uint> Colours => _colours.AsSpan(0, Count);

    /// <summary>Writes each pixel's index. False: there are too many colours, and what was written is of no use.</summary>
    /// <param name="pixels">Opaque, so that none is 0.</param>
    public bool TryIndex(ReadOnlySpan<uint> pixels, Span<byte> indexes)
    {
        for (int start = 0, end; start < pixels.Length; start = end)
        {
            var pixel = pixels[start];
            var run = pixels[start..].IndexOfAnyExcept(pixel);
            end = run < 0 ? pixels.Length : start + run;
            var slot = (int)((pixel * 0x9E3779B1) >> 22);
            for (; _keys[slot] != pixel; slot = (slot + 1) & (Slots - 1))
            {
                if (_keys[slot] == 0)
                {
                    if (Count == MaxColours)
                    {
                        return false;
                    }

                    (_keys[slot], _indexes[slot], _colours[Count]) = (pixel, (byte)Count, pixel);
                    Count++;
                    break;
                }
            }

            indexes[start..end].Fill(_indexes[slot]);
        }

        return true;
    }
}
