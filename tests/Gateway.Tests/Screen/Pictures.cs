using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Recording.Screen;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>What a panel may show.</summary>
internal static class Pictures
{
    /// <summary>Areas of one colour, stripes, a gradient, a few colours mixed, and noise: something for each way of each encoding.</summary>
    public static uint[] Panel(int width, int height)
    {
        var random = new Random(1);
        var pixels = new uint[width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i % width, i / width);
            pixels[i] = ScreenFrame.Opaque | ((x / 40 + y / 30) % 6) switch
            {
                0 => 0x336699u,
                1 => y % 3 == 0 ? 0xFFFFFFu : 0x202020u,
                2 => (uint)((x * 255 / width << 16) | (y * 255 / height << 8) | ((x + y) & 255)),
                3 => (uint)random.Next(5) * 0x2A3B4C,
                4 => x * y % 7 == 0 ? 0xFF0000u : 0x00FF80u,
                _ => (uint)random.Next(0x1000000),
            };
        }

        return pixels;
    }
}
