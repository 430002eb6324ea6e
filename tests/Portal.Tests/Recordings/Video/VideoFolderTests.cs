using Microsoft.Extensions.Options;
using Sallyport.Portal.Recordings.Video;

namespace Sallyport.Portal.Tests.Recordings.Video;

public sealed class VideoFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sallyport-videos-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("data")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    [InlineData("video-of-the-commissioning")]
    public void A_folder_that_holds_other_things_is_refused_and_stays_as_it_is(string other)
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.SetUnixFileMode(_folder.FullName, mode);
        var kept = Path.Combine(_folder.CreateSubdirectory(other).FullName, "kept");
        File.WriteAllText(kept, "");
        var videos = Videos();
        var left = videos.Create();

        Assert.Contains(other, Assert.Throws<IOException>(videos.Clear).Message, StringComparison.Ordinal);

        Assert.True(File.Exists(kept) && Directory.Exists(left));
        Assert.Equal(mode, File.GetUnixFileMode(_folder.FullName));
    }

    [Fact]
    public void What_an_earlier_run_left_is_deleted()
    {
        var left = Videos().Create();
        File.WriteAllText(Path.Combine(left, "video.mp4"), "");

        Videos().Clear();

        Assert.Empty(_folder.GetFileSystemInfos());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.FullName));
    }

    private VideoFolder Videos() => new(
        Options.Create(new VideoOptions { Folder = _folder.FullName }),
        Options.Create(new PortalOptions { PublicUrl = "http://portal.test", Database = "", KeyFolder = "/nonexistent", RecordingStore = "/nonexistent" }));
}
