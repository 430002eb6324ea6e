using System.Runtime.InteropServices;
using Sallyport.Recording.Screen;

namespace Sallyport.Portal.Recordings.Video;

/// <summary>
/// What a video shows: the screen, in the middle when it is smaller than the largest one, where the pointer is, and
/// below them a dark strip that the encoder writes on.
/// </summary>
internal sealed class VideoCanvas
{
    /// <summary>So that the clock fits below the smallest panel.</summary>
    private const int MinWidth = 320;

    private const uint Margin = 0xFF000000;
    private const uint StripColour = 0xFF1C2024;
    private const uint White = 0xFFFFFFFF;
    private const uint Black = 0xFF000000;
    private const uint Pressed = 0xFFD33A2C;

    private readonly byte[] _bytes;
    private readonly int _pictureHeight;

    public VideoCanvas(int width, int height, int stripHeight)
    {
        // Encoders that halve the colours' resolution want even sides.
        Width = (Math.Max(width, MinWidth) + 1) & ~1;
        _pictureHeight = (height + 1) & ~1;
        Height = _pictureHeight + stripHeight;
        _bytes = GC.AllocateUninitializedArray<byte>(Width * Height * sizeof(uint));
        Pixels[..(Width * _pictureHeight)].Fill(Margin);
        Pixels[(Width * _pictureHeight)..].Fill(StripColour);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Bytes blue, green, red, 255; row after row.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    private Span<uint> Pixels => MemoryMarshal.Cast<byte, uint>(_bytes.AsSpan());

    public void Show(ScreenFrame? frame, PointerRecord? pointer)
    {
        if (frame is null)
        {
            return;
        }

        var (left, top) = ((Width - frame.Width) / 2, (_pictureHeight - frame.Height) / 2);
        for (var y = 0; y < _pictureHeight; y++)
        {
            var row = Pixels.Slice(y * Width, Width);
            if (y < top || y >= top + frame.Height)
            {
                row.Fill(Margin);
                continue;
            }

            row[..left].Fill(Margin);
            frame.Row(y - top).CopyTo(row[left..]);
            row[(left + frame.Width)..].Fill(Margin);
        }

        if (pointer is { } shown)
        {
            Mark(left + Math.Min(shown.X, frame.Width - 1), top + Math.Min(shown.Y, frame.Height - 1), shown.Buttons != 0);
        }
    }

    // A white ring with a dark edge, filled while a button is down: what the player draws too.
    private void Mark(int atX, int atY, bool pressed)
    {
        for (var y = Math.Max(0, atY - 8); y <= Math.Min(_pictureHeight - 1, atY + 8); y++)
        {
            for (var x = Math.Max(0, atX - 8); x <= Math.Min(Width - 1, atX + 8); x++)
            {
                var distance = ((x - atX) * (x - atX)) + ((y - atY) * (y - atY));
                ref var pixel = ref Pixels[(y * Width) + x];
                pixel = distance switch
                {
                    > 64 => pixel,
                    > 42 => Black,
                    > 22 => White,
                    _ => pressed ? Pressed : pixel,
                };
            }
        }
    }
}
