using Microsoft.Extensions.Caching.Memory;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Recordings;

/// <summary>
/// Writes into the audit log who looks at a recording. A player asks for parts of it hundreds of times, so one look is
/// written once an hour for each person and the address they come from; who opens the player begins another.
/// </summary>
internal sealed class Replays(RecordingLibrary library) : IDisposable
{
    private static readonly TimeSpan OneLook = TimeSpan.FromHours(1);

    // What does not fit any more is written again.
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    public async Task BeginAsync(Actor actor, RecordingSummary listing, CancellationToken cancellationToken)
    {
        await library.AuditAsync(actor, AuditAction.RecordingReplayed, listing, cancellationToken);
        _known.Set(Key(actor, listing), true, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = OneLook });
    }

    /// <summary>A part of it is about to be given out. Two at once may both be written; none is not.</summary>
    public Task GoOnAsync(Actor actor, RecordingSummary listing, CancellationToken cancellationToken) =>
        _known.TryGetValue(Key(actor, listing), out _) ? Task.CompletedTask : BeginAsync(actor, listing, cancellationToken);

    public void Dispose() => _known.Dispose();

    private static (Guid, string?, Guid) Key(Actor actor, RecordingSummary listing) => (actor.UserId, actor.Address, listing.Recording.SessionId);
}
