namespace Sallyport.Gateway.Screen.Rfb.Viewers;

/// <summary>The colours and runs of one ZRLE tile: what decides how it is written.</summary>
internal sealed class TileColours
{
    /// <summary>A palette of more is none (RFC 6143, section 7.7.6).</summary>
    public const int MaxColours = 127;

    private const int Slots = 512;

    private readonly uint[] _colours = new uint[MaxColours];
    private readonly ulong[] _slots = new ulong[Slots];
    private uint _tile;

    /// <summary>More than <see cref="MaxColours"/>: too many to be counted.</summary>
    public int Count { get; private set; }

    /// <summary>Runs of one pixel.</summary>
    public int Singles { get; private set; }

    /// <summary>Runs of more.</summary>
    public int Runs { get; private set; }

    public ReadOnlySpan<uint> Colours => _colours.AsSpan(0, Math.Min(Count, MaxColours));

    public void Look(ReadOnlySpan<uint> pixels)
    {
        (Count, Singles, Runs) = (0, 0, 0);
        _tile = (_tile + 1) & 0xFFFFFF;
        if (_tile == 0)
        {
            Array.Clear(_slots);
            _tile = 1;
        }

        for (int start = 0, end; start < pixels.Length; start = end)
        {
            var pixel = pixels[start];
            end = start + 1;
            if (end < pixels.Length && pixels[end] == pixel)
            {
                var next = pixels[end..].IndexOfAnyExcept(pixel);
                end = next < 0 ? pixels.Length : end + next;
                Runs++;
            }
            else
            {
                Singles++;
            }

            if (Count <= MaxColours)
            {
                Add(pixel);
            }
        }
    }

    /// <summary>Where a colour of the tile is in its palette.</summary>
    public int IndexOf(uint pixel)
    {
        var slot = Hash(pixel);
        while ((uint)_slots[slot] != pixel)
        {
            slot = (slot + 1) & (Slots - 1);
        }

        return (int)(_slots[slot] >> 32 & 255);
    }

    // A slot holds the colour, its index and the tile, so that nothing needs to be cleared for the next tile.
    private void Add(uint pixel)
    {
        var slot = Hash(pixel);
        for (; (uint)(_slots[slot] >> 40) == _tile; slot = (slot + 1) & (Slots - 1))
        {
            if ((uint)_slots[slot] == pixel)
            {
                return;
            }
        }

        if (Count < MaxColours)
        {
            _colours[Count] = pixel;
            _slots[slot] = ((ulong)_tile << 40) | ((ulong)Count << 32) | pixel;
        }

        Count++;
    }

    private static int Hash(uint pixel) => (int)((pixel * 0x9E3779B1) >> 23);
}
