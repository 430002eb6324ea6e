using Sallyport.Portal.Data;

namespace Sallyport.Portal.Recordings;

public enum RecordingState
{
    Running,

    /// <summary>Closed with index and signature.</summary>
    Sealed,

    /// <summary>Ended without: the gateway was lost. Readable up to its last second.</summary>
    Interrupted,
}

/// <summary>A session's sealed trace in the recording store, and the newest head of its hash chain as the gateway reported it.</summary>
public sealed class SessionRecording : ITenantOwned
{
    public required Guid SessionId { get; init; }

    public required Guid TenantId { get; init; }

    /// <summary>The path below the recording store, as <see cref="RecordingStore.FileOf"/> said.</summary>
    public required string File { get; init; }

    /// <summary>The key that its gateway had when it began: what the recording must be signed with, whatever becomes of the gateway. Null where that is not known any more.</summary>
    public string? GatewayKeyId { get; init; }

    public string? GatewaySpki { get; init; }

    public RecordingState State { get; set; }

    public long HeadChunk { get; set; } = -1;

    public string? HeadHash { get; set; }

    public long HeadLength { get; set; }

    public DateTimeOffset? HeadAt { get; set; }
}
