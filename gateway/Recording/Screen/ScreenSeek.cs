using System.Runtime.CompilerServices;
using Sallyport.Recording.Format;

namespace Sallyport.Recording.Screen;

/// <summary>The pictures of moments: each from the keyframe before it, and what changed from there on.</summary>
public static class ScreenSeek
{
    /// <summary>Without a frame: nothing was shown yet. A picture that was half painted at that moment is finished.</summary>
    /// <param name="maxPixels">Pixels of a screen that memory is taken for.</param>
    /// <exception cref="RecordingException">A chunk was altered.</exception>
    /// <exception cref="InvalidDataException">A screen event is none.</exception>
    public static async Task<ScreenPlayback> ToAsync(RecordingReader reader, TimeSpan at, int maxPixels, CancellationToken cancellationToken)
    {
        await foreach (var playback in EachAsync(reader, [at], maxPixels, cancellationToken))
        {
            return playback;
        }

        return new ScreenPlayback(maxPixels);
    }

    /// <summary>The same for several moments, in order of time; goes on from one to the next where no keyframe is nearer. Each is gone when the next is asked for.</summary>
    public static async IAsyncEnumerable<ScreenPlayback> EachAsync(RecordingReader reader, IReadOnlyList<TimeSpan> moments, int maxPixels, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var playback = new ScreenPlayback(maxPixels);
        IAsyncEnumerator<RecordingEvent>? events = null;
        try
        {
            var (shown, more) = (TimeSpan.MinValue, false);
            foreach (var at in moments)
            {
                if (events is null || LastKeyframe(reader, at) > shown)
                {
                    await (events?.DisposeAsync() ?? ValueTask.CompletedTask);
                    events = reader.ReadFromSnapshotAsync(at, cancellationToken).GetAsyncEnumerator(cancellationToken);
                    more = await events.MoveNextAsync();
                }

                while (more && (events.Current.At <= at || (playback.Frame is not null && !playback.IsWhole)))
                {
                    if (events.Current.Kind is RecordingEventKind.Snapshot or RecordingEventKind.Screen)
                    {
                        playback.Apply(events.Current.Payload);
                    }

                    shown = events.Current.At;
                    more = await events.MoveNextAsync();
                }

                yield return playback;
            }
        }
        finally
        {
            await (events?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private static TimeSpan LastKeyframe(RecordingReader reader, TimeSpan at)
    {
        var (low, high) = (0, reader.Chunks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = reader.Chunks[middle].FirstMicroseconds <= at.TotalMicroseconds ? (middle + 1, high) : (low, middle);
        }

        while (low > 0 && !reader.Chunks[low - 1].Flags.HasFlag(ChunkFlags.BeginsWithSnapshot))
        {
            low--;
        }

        return low == 0 ? TimeSpan.MinValue : TimeSpan.FromMicroseconds(reader.Chunks[low - 1].FirstMicroseconds);
    }
}
