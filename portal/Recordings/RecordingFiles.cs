using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

/// <summary>The file is another session's recording than the one that was asked for.</summary>
public sealed class ForeignRecordingException(string message) : RecordingException(message);

/// <summary>
/// The one way to what a recording holds, for player, exports, videos and the command line: the file at the place that the
/// portal gave the session, opened only when it says of itself that it is that session's. Whoever can write into the store
/// or chooses what a gateway writes could otherwise have one recording shown as another, across tenants.
/// </summary>
public sealed class RecordingFiles(RecordingStore store)
{
    /// <summary>The caller disposes both.</summary>
    /// <exception cref="ForeignRecordingException"/>
    /// <exception cref="RecordingException">The file is missing or cannot be read.</exception>
    public async Task<(FileStream File, RecordingReader Reader)> OpenAsync(SessionRecording recording, CancellationToken cancellationToken)
    {
        var file = store.Open(recording);
        RecordingReader? reader = null;
        try
        {
            using var key = store.Key();
            reader = await RecordingReader.OpenAsync(file, key, cancellationToken);
            return Fault(reader.Header, recording) is { } fault ? throw new ForeignRecordingException(fault) : (file, reader);
        }
        catch
        {
            reader?.Dispose();
            await file.DisposeAsync();
            throw;
        }
    }

    /// <returns>Whose it is instead, for a person; null: it is the session's.</returns>
    internal static string? Fault(RecordingHeader header, SessionRecording recording) =>
        header.SessionId != recording.SessionId ? "This file is another session's recording."
        : header.TenantId != recording.TenantId ? "This file says that it is another company's recording."
        : recording.GatewayKeyId is { } key && header.GatewayKeyId != key ? "This file was written by another gateway than the session's."
        : null;
}
