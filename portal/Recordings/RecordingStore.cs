using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Keys;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

/// <summary>The folder that gateways write recordings into. The portal only reads it.</summary>
public sealed class RecordingStore(IOptions<PortalOptions> options, KeyFolder keys)
{
    private readonly string _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Value.RecordingStore)) + Path.DirectorySeparatorChar;

    /// <summary>Every recording that lies there, by its path below the store, in order.</summary>
    public IEnumerable<string> Files() => !Directory.Exists(_folder) ? [] : Directory
        .EnumerateFiles(_folder, "*.sprec", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        .Select(path => Path.GetRelativePath(_folder, path))
        .Order(StringComparer.Ordinal);

    /// <summary>The key that opens recordings; the caller disposes it.</summary>
    public ECDiffieHellman Key() => keys.Agreement("recordings");

    /// <summary>Where a session's recording goes, below the store: the portal says it to the gateway.</summary>
    public static string FileOf(Guid sessionId, DateTimeOffset began) => string.Create(CultureInfo.InvariantCulture, $"{began.UtcDateTime:yyyy-MM}/{sessionId}.sprec");

    /// <exception cref="RecordingException">There is no such file, or it cannot be read.</exception>
    public FileStream Open(SessionRecording recording) => Path.GetFileName(recording.File) == $"{recording.SessionId}.sprec"
        ? Open(recording.File)
        : throw new ForeignRecordingException("This file is another session's recording.");

    /// <summary>One of <see cref="Files"/>, whosever it is.</summary>
    /// <exception cref="RecordingException">There is no such file, or it cannot be read.</exception>
    internal FileStream Open(string name) => Opened(() => RegularFile.Open(_folder, name));

    /// <summary>A recording that was copied to elsewhere.</summary>
    /// <exception cref="RecordingException">There is no such file, or it cannot be read.</exception>
    internal static FileStream OpenPath(string path) => Opened(() => RegularFile.Open(path));

    private static FileStream Opened(Func<FileStream> open)
    {
        try
        {
            return open();
        }
        catch (IOException e)
        {
            throw new RecordingException($"The recording's file cannot be opened: {e.Message}", e);
        }
    }
}
