using Microsoft.Extensions.Caching.Memory;
using Sallyport.Contracts;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings.Pictures;
using Sallyport.Recording;
using Sallyport.Recording.Screen;

namespace Sallyport.Portal.Recordings.Overview;

/// <summary>
/// What the player's time line shows of a screen. It takes a look through the whole recording, so one of a kind is made at a time,
/// and the last ones are kept: in memory only, as a sealed recording's pictures have no place on a disk.
/// </summary>
internal sealed class ScreenOverviews : IDisposable
{
    private const long MaxBytes = 32 * 1024 * 1024;
    private static readonly TimeSpan KeepUnused = TimeSpan.FromMinutes(20);

    private readonly MemoryCache _kept = new(new MemoryCacheOptions { SizeLimit = MaxBytes });
    private readonly SemaphoreSlim _drawing = new(1, 1);
    private readonly SemaphoreSlim _measuring = new(1, 1);

    /// <inheritdoc cref="ThumbnailSheet.MakeAsync"/>
    public Task<byte[]> ThumbnailsAsync(RecordingReader reader, CancellationToken cancellationToken) =>
        KeptAsync(reader, "thumbnails", _drawing, ThumbnailSheet.MakeAsync, sheet => sheet.Length, cancellationToken);

    /// <inheritdoc cref="ScreenActivity.MeasureAsync"/>
    public Task<ScreenActivity> ActivityAsync(RecordingReader reader, int parts, CancellationToken cancellationToken) =>
        KeptAsync(reader, "activity", _measuring, (r, token) => ScreenActivity.MeasureAsync(r, parts, token), activity => activity.Change.Count * 12, cancellationToken);

    public void Dispose()
    {
        _kept.Dispose();
        _drawing.Dispose();
        _measuring.Dispose();
    }

    private async Task<T> KeptAsync<T>(RecordingReader reader, string what, SemaphoreSlim one, Func<RecordingReader, CancellationToken, Task<T>> make, Func<T, int> size, CancellationToken cancellationToken)
        where T : class
    {
        if (!Enum.TryParse<ServiceKind>(reader.Header.Kind, ignoreCase: true, out var kind) || ServiceKinds.All.FirstOrDefault(info => info.Kind == kind) is not { HasPictures: true })
        {
            throw new PictureException("There is no picture in this recording.");
        }

        // A recording that runs grows, and then this is another one.
        var key = (reader.Header.SessionId, reader.Chunks.Count, what);
        if (_kept.Get(key) is T known)
        {
            return known;
        }

        await one.WaitAsync(cancellationToken);
        try
        {
            if (_kept.Get(key) is T made)
            {
                return made;
            }

            var value = await make(reader, cancellationToken);
            return _kept.Set(key, value, new MemoryCacheEntryOptions { Size = size(value), SlidingExpiration = KeepUnused });
        }
        finally
        {
            one.Release();
        }
    }
}
