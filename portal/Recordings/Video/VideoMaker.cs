using System.Globalization;
using Sallyport.Portal.Recordings.Pictures;
using Sallyport.Recording;
using Sallyport.Recording.Screen;

namespace Sallyport.Portal.Recordings.Video;

/// <summary>Turns a screen's recording into a video: H.264 in MP4, with a line below the picture that says when, who and where.</summary>
internal static class VideoMaker
{
    public const string FileName = "video.mp4";

    private const string FontFile = "font.ttf";
    private const string CaptionFile = "caption.txt";
    private const string ClockFile = "clock.txt";
    private const int LineHeight = 24;
    private const int FontSize = 15;
    private const int CharacterWidth = 9;
    private const int ClockLength = 23;
    private const int FramesBetweenChecks = 16;

    /// <param name="folder">Empty, and its owner's alone; the video is left in it as <see cref="FileName"/>.</param>
    /// <param name="progress">Told how many pictures of how many are made.</param>
    /// <exception cref="PictureException">No video can be made; the message says why.</exception>
    /// <exception cref="RecordingException">A chunk was altered.</exception>
    /// <exception cref="InvalidDataException">A screen event is none.</exception>
    /// <exception cref="IOException">The recording cannot be read to its end: there is no video of a part of it.</exception>
    public static async Task MakeAsync(RecordingReader reader, bool skipIdle, string folder, VideoOptions options, Action<long, long> progress, CancellationToken cancellationToken)
    {
        var plan = await VideoPlan.MakeAsync(reader, skipIdle, cancellationToken);
        var caption = Caption(reader.Header);
        var lines = (caption.Length + ClockLength + 4) * CharacterWidth <= plan.Width ? 1 : 2;
        var canvas = new VideoCanvas(plan.Width, plan.Height, lines * LineHeight);
        PrepareText(reader.Header, caption[..Math.Min(caption.Length, (canvas.Width - 16) / CharacterWidth)], folder, options);

        await using var ffmpeg = Ffmpeg.Start(folder, Ffmpeg.InTheBackground, Arguments(canvas, lines, skipIdle));
        await ffmpeg.WriteAsync(MatroskaFrames.Head(canvas.Width, canvas.Height), cancellationToken);
        await WriteAsync(reader, canvas, plan, skipIdle, ffmpeg, Check, cancellationToken);
        await ffmpeg.FinishAsync(cancellationToken);

        void Check(long made)
        {
            progress(made, plan.Frames);
            if (made % FramesBetweenChecks == 0 && new FileInfo(Path.Combine(folder, FileName)) is { Exists: true } file && file.Length > options.MaxGigabytes * 1024L * 1024 * 1024)
            {
                throw new PictureException($"The video grew over {options.MaxGigabytes} GB, which is the most that this portal makes.");
            }
        }
    }

    private static async Task WriteAsync(RecordingReader reader, VideoCanvas canvas, VideoPlan plan, bool skipIdle, Ffmpeg output, Action<long> made, CancellationToken cancellationToken)
    {
        var (clock, playback, frames) = (VideoPlan.Clock(skipIdle), new ScreenPlayback(PictureLimits.MaxPixels), 0L);
        PointerRecord? pointer = null;

        // Times count from a whole second, so that the clock below the picture turns when the plant's did.
        var offset = TimeSpan.FromTicks(reader.Header.StartedAt.Ticks % TimeSpan.TicksPerSecond);
        await WriteFrameAsync(TimeSpan.Zero);
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, cancellationToken))
        {
            foreach (var due in clock.Until(entry.At))
            {
                await WriteFrameAsync(due);
            }

            if (VideoPlan.IsPicture(entry))
            {
                playback.Apply(entry.Payload);
            }
            else if (entry.Kind == RecordingEventKind.Input)
            {
                pointer = ScreenInputRecord.ReadPointer(entry.Payload.Span) ?? pointer;
            }

            if (VideoPlan.IsSeen(entry))
            {
                clock.Changed(entry.At);
            }
        }

        foreach (var due in clock.Until(reader.Duration))
        {
            await WriteFrameAsync(due);
        }

        await WriteFrameAsync(reader.Duration);

        async Task WriteFrameAsync(TimeSpan at)
        {
            if (playback.IsWhole)
            {
                canvas.Show(playback.Frame, pointer);
            }

            await output.WriteAsync(MatroskaFrames.FrameHead(offset + at, canvas.Bytes.Length), cancellationToken);
            await output.WriteAsync(canvas.Bytes, cancellationToken);
            made(++frames);
        }
    }

    // What people typed reaches the encoder in files, and is never taken for a filter's syntax.
    private static void PrepareText(RecordingHeader header, string caption, string folder, VideoOptions options)
    {
        if (!File.Exists(options.Font))
        {
            throw new PictureException("The font for the line below the picture is not installed where the portal runs. Ask who runs the portal to install Debian's package fonts-dejavu-core.");
        }

        File.CreateSymbolicLink(Path.Combine(folder, FontFile), options.Font);
        File.WriteAllText(Path.Combine(folder, CaptionFile), caption);
        File.WriteAllText(Path.Combine(folder, ClockFile), string.Create(CultureInfo.InvariantCulture, $@"%{{pts:gmtime:{header.StartedAt.ToUnixTimeSeconds()}:%Y-%m-%d %H\:%M\:%S}} UTC"));

        // Made here, so that it is nobody else's from its first byte.
        using var video = new FileStream(Path.Combine(folder, FileName), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
    }

    private static string Caption(RecordingHeader header)
    {
        var text = $"{header.User.Name} on {header.Service.Name}, {header.Asset.Name}, {header.Plant.Name}";
        return string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }

    private static string[] Arguments(VideoCanvas canvas, int lines, bool skipIdle)
    {
        var top = canvas.Height - (lines * LineHeight) + 5;
        var clockTop = canvas.Height - LineHeight + 5;
        var clockLeft = lines == 1 ? "w-tw-8" : "8";
        string[] filters =
        [
            $"drawtext=fontfile={FontFile}:textfile={CaptionFile}:expansion=none:x=8:y={top}:fontsize={FontSize}:fontcolor=white",
            $"drawtext=fontfile={FontFile}:textfile={ClockFile}:x={clockLeft}:y={clockTop}:fontsize={FontSize}:fontcolor=white",

            // After the clock was written: what lies between two pictures is cut to a second, where idle time is skipped.
            skipIdle ? "setpts=if(eq(N\\,0)\\,0\\,PREV_OUTPTS+min(PTS-PREV_INPTS\\,1/TB))" : "setpts=PTS-STARTPTS",
            "format=yuv420p",
        ];
        return
        [
            "-copyts", "-f", "matroska", "-i", "pipe:0",
            "-an", "-vf", string.Join(',', filters),
            "-fps_mode", "vfr", "-enc_time_base", "1:1000",
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "2",
            "-movflags", "+faststart", "-f", "mp4", FileName,
        ];
    }
}
