using Npgsql;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Recordings.Pictures;
using Sallyport.Portal.Recordings.Video;
using Sallyport.Portal.Tests.Support;
using Sallyport.Recording;

namespace Sallyport.Portal.Tests.Recordings.Video;

/// <summary>What becomes of a video when a disk, the encoder or the database fails under it.</summary>
[Collection(PostgresCollection.Name)]
public sealed class VideoFaultTests(RecordedScreens screens) : IClassFixture<RecordedScreens>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sallyport-video-fault-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_recording_that_cannot_be_read_to_its_end_is_no_shorter_video()
    {
        var session = await screens.RecordAsync(async script =>
        {
            await script.At(0).ResizeAsync(320, 200);
            for (var second = 1; second < 6; second++)
            {
                // Larger than a chunk: each is one of its own.
                await script.At(second).WriteAsync(RecordingEventKind.Output, new byte[300_000]);
            }
        });
        await using var file = new BreakingFile(screens.PathOf(session));
        using var key = screens.World.Get<RecordingStore>().Key();
        using var reader = await RecordingReader.OpenAsync(file, key, CancellationToken.None);

        var error = await Assert.ThrowsAsync<IOException>(() => VideoMaker.MakeAsync(reader, false, _folder.FullName, new VideoOptions(), (_, _) => file.Breaks = true, CancellationToken.None));

        Assert.Equal("The disk is broken.", error.Message);
    }

    [Fact]
    public async Task An_encoder_that_gives_up_while_it_is_fed_says_why()
    {
        await using var ffmpeg = Ffmpeg.Start(_folder.FullName, Ffmpeg.Interactive, "-f", "matroska", "-i", "pipe:0", "-f", "mp4", "video.mp4");

        var error = await Assert.ThrowsAsync<PictureException>(async () =>
        {
            while (true)
            {
                await ffmpeg.WriteAsync(new byte[1024 * 1024], CancellationToken.None);
            }
        });

        Assert.StartsWith("The encoder failed.", error.Message, StringComparison.Ordinal);
        Assert.Contains("ffmpeg exited with", error.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_deleted_is_logged_and_the_next_video_is_made()
    {
        var (cancelled, old) = (await LongAsync(), await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 100)));
        await screens.MakeAsync(old, skipIdle: false);
        var before = Directory.GetDirectories(screens.Folder);
        PlantWorld.Value(await screens.Videos.StartAsync(screens.Reviewer, await screens.ListingAsync(cancelled), false, default));
        await screens.WhenAsync(cancelled, state => state.Stage == VideoStage.Making);
        string[] busy = [Assert.Single(Directory.GetDirectories(screens.Folder).Except(before)), Path.GetDirectoryName(screens.Videos.FileOf(old))!];
        foreach (var folder in busy)
        {
            Directory.CreateDirectory(Path.Combine(folder, "busy"));
            await Children.RunAsync("mount", ["-t", "tmpfs", "none", Path.Combine(folder, "busy")]);
        }

        try
        {
            screens.Videos.Cancel(cancelled);
            await screens.WhenAsync(cancelled, state => state.Stage == VideoStage.Cancelled);
            screens.World.Time.Ahead += TimeSpan.FromMinutes(61);
            screens.Videos.DeleteOld();

            Assert.Null(screens.Videos.Find(old));
            Assert.All(busy, folder => Assert.Contains(screens.World.Portal.Log, line => line.Contains($"lies in clear in {folder}", StringComparison.Ordinal)));
            var next = await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 100));
            Assert.Equal(VideoStage.Done, (await screens.MakeAsync(next, skipIdle: false)).Stage);
        }
        finally
        {
            foreach (var folder in busy)
            {
                await Children.RunAsync("umount", [Path.Combine(folder, "busy")]);
            }
        }
    }

    [Fact]
    public async Task A_video_that_the_audit_log_cannot_be_told_of_is_not_made_and_can_be_asked_for_again()
    {
        var session = await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 100));
        var listing = await screens.ListingAsync(session);
        await OwnerAsync("alter function audit.append(text) rename to append_away");
        try
        {
            await Assert.ThrowsAsync<PostgresException>(() => screens.Videos.StartAsync(screens.Reviewer, listing, false, default));
        }
        finally
        {
            await OwnerAsync("alter function audit.append_away(text) rename to append");
        }

        Assert.Equal(VideoStage.Failed, screens.Videos.Find(session)!.Stage);
        Assert.Equal(VideoStage.Done, (await screens.MakeAsync(session, skipIdle: false)).Stage);
    }

    private Task<Guid> LongAsync() => screens.RecordAsync(async script =>
    {
        await script.At(0).ResizeAsync(1280, 800);
        await script.At(TimeSpan.FromHours(8)).WriteAsync(RecordingEventKind.Marker, "ended"u8.ToArray());
    });

    private async Task OwnerAsync(string sql)
    {
        await using var owner = NpgsqlDataSource.Create(screens.World.Portal.Database.Owner);
        await using var command = owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A file whose disk breaks.</summary>
    private sealed class BreakingFile(string path) : FileStream(path, FileMode.Open, FileAccess.Read)
    {
        public bool Breaks { get; set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Breaks ? ValueTask.FromException<int>(new IOException("The disk is broken.")) : base.ReadAsync(buffer, cancellationToken);
    }
}
