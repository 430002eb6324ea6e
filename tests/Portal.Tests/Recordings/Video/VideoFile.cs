using System.Globalization;
using System.Text.Json;

namespace Sallyport.Portal.Tests.Recordings.Video;

/// <summary>What another program than the one that made it sees in an image or a video.</summary>
internal static class VideoFile
{
    public static async Task<(int Width, int Height, TimeSpan Length, string Codec)> ProbeAsync(string path)
    {
        var bytes = await Children.RunAsync("ffprobe", ["-v", "error", "-select_streams", "v", "-show_entries", "stream=codec_name,width,height:format=duration", "-of", "json", path]);
        using var json = JsonDocument.Parse(bytes);
        var stream = json.RootElement.GetProperty("streams")[0];
        var length = json.RootElement.TryGetProperty("format", out var format) && format.TryGetProperty("duration", out var duration) ? double.Parse(duration.GetString()!, CultureInfo.InvariantCulture) : 0;
        return (stream.GetProperty("width").GetInt32(), stream.GetProperty("height").GetInt32(), TimeSpan.FromSeconds(length), stream.GetProperty("codec_name").GetString()!);
    }

    /// <summary>The picture that is shown at that moment.</summary>
    public static async Task<Picture> AtAsync(string path, double seconds)
    {
        // The last picture at or before it: a player leaves that on the screen until the next.
        var (width, height, _, _) = await ProbeAsync(path);
        var bytes = await Children.RunAsync("ffmpeg", ["-v", "error", "-i", path, "-vf", string.Create(CultureInfo.InvariantCulture, $"select=lte(t\\,{seconds})"), "-fps_mode", "passthrough", "-update", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]);
        return new Picture(width, height, bytes[^(width * height * 3)..]);
    }

    /// <param name="Bytes">Red, green, blue; row after row.</param>
    public sealed record Picture(int Width, int Height, byte[] Bytes)
    {
        public (int Red, int Green, int Blue) Of(int x, int y)
        {
            var at = ((y * Width) + x) * 3;
            return (Bytes[at], Bytes[at + 1], Bytes[at + 2]);
        }

        /// <summary>It has that colour, as far as a lossy encoder leaves it.</summary>
        public void Shows(uint colour, int x, int y, int tolerance = 12)
        {
            var (red, green, blue) = Of(x, y);
            var wanted = ((int)(colour >> 16) & 255, (int)(colour >> 8) & 255, (int)colour & 255);
            Assert.True(
                Math.Abs(red - wanted.Item1) <= tolerance && Math.Abs(green - wanted.Item2) <= tolerance && Math.Abs(blue - wanted.Item3) <= tolerance,
                $"{(red, green, blue)} instead of {wanted} at {x}, {y}");
        }

        /// <summary>Bright pixels of an area: text on a dark strip.</summary>
        public int Bright(int top, int bottom, int left, int right) =>
            Enumerable.Range(top, bottom - top).Sum(y => Enumerable.Range(left, right - left).Count(x => Of(x, y).Green > 150));
    }
}
