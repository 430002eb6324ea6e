using System.Globalization;
using System.Runtime.InteropServices;
using Sallyport.Portal.Recordings.Pictures;
using Sallyport.Recording;
using Sallyport.Recording.Screen;

namespace Sallyport.Portal.Recordings.Overview;

/// <summary>
/// Small pictures of a screen's recording, evenly spread over its time, on one sheet of <see cref="Columns"/> × <see cref="Rows"/>:
/// one request, and one run of the encoder. Picture i is of the middle of part i of the time.
/// </summary>
internal static class ThumbnailSheet
{
    public const int Columns = 10;
    public const int Rows = 6;
    public const int Width = 160;

    private const int MinHeight = 60;
    private const int MaxHeight = 160;
    private const uint Margin = 0xFF0D1013;

    /// <returns>A WebP image.</returns>
    /// <exception cref="PictureException">It cannot be made; the message says why.</exception>
    /// <exception cref="RecordingException">A chunk was altered.</exception>
    /// <exception cref="InvalidDataException">A screen event is none.</exception>
    public static async Task<byte[]> MakeAsync(RecordingReader reader, CancellationToken cancellationToken)
    {
        // All have the shape of the last: most recordings have one size, and what was shown last had the most time to become it.
        var last = await ScreenSeek.ToAsync(reader, reader.Duration, PictureLimits.MaxPixels, cancellationToken);
        var frame = last.Frame ?? throw new PictureException("There is no picture in this recording.");
        var height = Math.Clamp(Width * frame.Height / frame.Width, MinHeight, MaxHeight);
        var (stride, pixels) = (Columns * Width, new uint[Columns * Width * Rows * height]);
        pixels.AsSpan().Fill(Margin);
        var moments = Enumerable.Range(0, Columns * Rows).Select(i => reader.Duration * ((i + 0.5) / (Columns * Rows))).ToList();
        var n = 0;
        await foreach (var playback in ScreenSeek.EachAsync(reader, moments, PictureLimits.MaxPixels, cancellationToken))
        {
            if (playback.Frame is { } shown)
            {
                Downscaler.Draw(shown, pixels, stride, (n % Columns * Width) + (n / Columns * height * stride), Width, height);
            }

            n++;
        }

        return await EncodeAsync(pixels, stride, Rows * height, cancellationToken);
    }

    private static async Task<byte[]> EncodeAsync(uint[] pixels, int width, int height, CancellationToken cancellationToken)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"{width}x{height}");
        await using var ffmpeg = Ffmpeg.Start(
            Path.GetTempPath(),
            Ffmpeg.Interactive,
            "-f", "rawvideo", "-pixel_format", "bgr0", "-video_size", size, "-i", "pipe:0",
            "-frames:v", "1", "-c:v", "libwebp", "-quality", "70", "-f", "image2pipe", "pipe:1");
        using var image = new MemoryStream();
        var reading = ffmpeg.Output.CopyToAsync(image, cancellationToken);
        await ffmpeg.WriteAsync(MemoryMarshal.AsBytes<uint>(pixels).ToArray(), cancellationToken);
        await ffmpeg.FinishAsync(cancellationToken);
        await reading;
        return image.ToArray();
    }
}
