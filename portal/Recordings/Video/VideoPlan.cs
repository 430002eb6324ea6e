using System.Runtime.InteropServices;
using Sallyport.Portal.Recordings.Pictures;
using Sallyport.Recording;
using Sallyport.Recording.Screen;

namespace Sallyport.Portal.Recordings.Video;

/// <summary>How large the video will be and how many pictures it has: known before the first is made, for the largest screen and the progress.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct VideoPlan(int Width, int Height, long Frames)
{
    /// <summary>Twice 4K in area, turned either way.</summary>
    private const int MaxSide = 4096;

    public static readonly TimeSpan BusyInterval = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);

    public static FrameClock Clock(bool skipIdle) => new(BusyInterval, skipIdle ? null : IdleInterval);

    /// <exception cref="PictureException">There is no picture in it, or one that is too large.</exception>
    /// <exception cref="InvalidDataException">A screen event is none.</exception>
    public static async Task<VideoPlan> MakeAsync(RecordingReader reader, bool skipIdle, CancellationToken cancellationToken)
    {
        var clock = Clock(skipIdle);
        var (width, height, frames) = (0, 0, 2L);
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, cancellationToken))
        {
            frames += clock.Until(entry.At).Count();
            if (IsPicture(entry) && ScreenHead.Read(entry.Payload.Span) is { } head)
            {
                (width, height) = (Math.Max(width, head.Width), Math.Max(height, head.Height));
            }

            if (IsSeen(entry))
            {
                clock.Changed(entry.At);
            }
        }

        frames += clock.Until(reader.Duration).Count();
        return (width, height) switch
        {
            (0, _) or (_, 0) => throw new PictureException("There is no picture in this recording."),
            ( > MaxSide, _) or (_, > MaxSide) => throw new PictureException($"The screen is {width} × {height} pixels; a video has at most {MaxSide} on a side."),
            _ => new VideoPlan(width, height, frames),
        };
    }

    public static bool IsPicture(RecordingEvent entry) => entry.Kind is RecordingEventKind.Snapshot or RecordingEventKind.Screen;

    /// <summary>After this event there is another picture to show. Half a picture is none.</summary>
    public static bool IsSeen(RecordingEvent entry) => IsPicture(entry)
        ? ScreenHead.Read(entry.Payload.Span) is { Ends: true }
        : entry.Kind == RecordingEventKind.Input && ScreenInputRecord.ReadPointer(entry.Payload.Span) is not null;
}
