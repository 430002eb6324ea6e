using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Sallyport.Portal.Recordings.Video;

/// <summary>
/// Where videos lie while they are made and until they are fetched: in clear, so in folders of this portal's user alone,
/// and nothing outlives the portal that made it by more than its next start.
/// </summary>
internal sealed class VideoFolder(IOptions<VideoOptions> options, IOptions<PortalOptions> portal)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const string Prefix = "video-";

    private readonly bool _given = options.Value.Folder is { Length: > 0 };

    // One for each installation on a machine.
    private readonly string _path = options.Value.Folder is { Length: > 0 } given
        ? Path.GetFullPath(given)
        : Path.Combine(Path.GetTempPath(), "sallyport-video-" + Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(portal.Value.KeyFolder))).AsSpan(0, 9)));

    /// <summary>Makes it, and deletes the videos that an earlier run left in it.</summary>
    /// <exception cref="IOException">It cannot be had, is somebody else's, or holds other things.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Clear()
    {
        var folder = Directory.CreateDirectory(_path, OwnerOnly);
        if (folder.LinkTarget is not null)
        {
            throw new IOException($"{_path} is a link, and may lead anywhere.");
        }

        // Whoever names a folder of other things, such as /srv, keeps them, and its mode.
        if (_given && folder.EnumerateFileSystemInfos().FirstOrDefault(entry => !IsOurs(entry)) is { } other)
        {
            throw new IOException($"{_path} holds other things than videos, such as {other.Name}. Give {VideoOptions.Section}:{nameof(VideoOptions.Folder)} a folder of its own.");
        }

        // Fails when it is another user's, who could have made it beforehand.
        File.SetUnixFileMode(_path, OwnerOnly);
        foreach (var left in folder.EnumerateDirectories().Where(IsOurs))
        {
            left.Delete(recursive: true);
        }
    }

    public string Create() => Directory.CreateDirectory(Path.Combine(_path, $"{Prefix}{Guid.NewGuid():N}"), OwnerOnly).FullName;

    public static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsOurs(FileSystemInfo entry) =>
        entry is DirectoryInfo { LinkTarget: null } && entry.Name.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParseExact(entry.Name.AsSpan(Prefix.Length), "N", out _);
}
