namespace Sallyport.Recording;

/// <summary>The head of the hash chain at some moment.</summary>
/// <param name="Chunk">Number of the newest chunk, from 0; -1 for the header alone.</param>
/// <param name="Hash">SHA-256 of that chunk as stored, base64url.</param>
/// <param name="Length">Bytes of the file up to and with that chunk.</param>
public sealed record RecordingHead(long Chunk, string Hash, long Length);
