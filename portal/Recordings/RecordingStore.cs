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

    /// <exception cref="RecordingException">There is no such file, or it cannot be read.</exception>
    public FileStream Open(string name)
    {
        // The name came from a gateway; whatever it says, nothing outside the store is opened.
        var path = Path.GetFullPath(Path.Combine(_folder, name));
        return path.StartsWith(_folder, StringComparison.Ordinal) ? OpenPath(path) : throw new RecordingException("The recording's file name leads out of the recording store.");
    }

    /// <summary>A recording that was copied to elsewhere.</summary>
    /// <exception cref="RecordingException">There is no such file, or it cannot be read.</exception>
    internal static FileStream OpenPath(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 64 * 1024, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException($"The recording's file cannot be opened: {e.Message}", e);
        }
    }
}
