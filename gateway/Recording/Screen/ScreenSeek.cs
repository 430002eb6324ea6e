namespace Sallyport.Recording.Screen;

/// <summary>The picture of one moment: the keyframe before it, and what changed from there on.</summary>
public static class ScreenSeek
{
    /// <summary>Without a frame: nothing was shown yet. A picture that was half painted at that moment is finished.</summary>
    /// <param name="maxPixels">Pixels of a screen that memory is taken for.</param>
    /// <exception cref="RecordingException">A chunk was altered.</exception>
    /// <exception cref="InvalidDataException">A screen event is none.</exception>
    public static async Task<ScreenPlayback> ToAsync(RecordingReader reader, TimeSpan at, int maxPixels, CancellationToken cancellationToken)
    {
        var playback = new ScreenPlayback(maxPixels);
        await foreach (var entry in reader.ReadFromSnapshotAsync(at, cancellationToken))
        {
            if (entry.At > at && (playback.IsWhole || playback.Frame is null))
            {
                break;
            }

            if (entry.Kind is RecordingEventKind.Snapshot or RecordingEventKind.Screen)
            {
                playback.Apply(entry.Payload);
            }
        }

        return playback;
    }
}
