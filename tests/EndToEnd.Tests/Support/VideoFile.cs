using System.Globalization;

namespace Sallyport.EndToEnd.Tests.Support;

/// <summary>A downloaded video as Debian's ffmpeg sees it.</summary>
internal static class VideoFile
{
    /// <summary>There is no picture at or after that moment.</summary>
    public const string None = "none";

    /// <summary>In pixels: the line of text below the picture of a panel that is wide enough for one line.</summary>
    private const int Strip = 24;

    /// <summary>In seconds.</summary>
    public static async Task<double> LengthAsync(string file) =>
        double.Parse(System.Text.Encoding.ASCII.GetString(await Children.RunAsync("ffprobe", ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file])), CultureInfo.InvariantCulture);

    /// <summary>Green, grey or other: a place beside a button's words, as a part of the screen.</summary>
    public static async Task<string> ColourAsync(string file, double seconds, (double X, double Y) place)
    {
        var size = System.Text.Encoding.ASCII.GetString(await Children.RunAsync("ffprobe", ["-v", "error", "-select_streams", "v", "-show_entries", "stream=width,height", "-of", "csv=p=0", file])).Trim().Split(',');
        var (width, height) = (int.Parse(size[0], CultureInfo.InvariantCulture), int.Parse(size[1], CultureInfo.InvariantCulture) - Strip);
        var crop = string.Create(CultureInfo.InvariantCulture, $"crop=2:2:{(int)(width * place.X) - 70}:{(int)(height * place.Y) - 20}");
        var rgb = await Children.RunAsync("ffmpeg", ["-v", "error", "-ss", seconds.ToString(CultureInfo.InvariantCulture), "-i", file, "-frames:v", "1", "-vf", crop, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]);
        if (rgb.Length < 3)
        {
            return None;
        }

        var (red, green, blue) = (rgb[0], rgb[1], rgb[2]);
        return green > red + 30 && green > blue + 30 ? "green" : Math.Abs(red - green) < 12 && Math.Abs(green - blue) < 12 ? "grey" : "other";
    }
}
