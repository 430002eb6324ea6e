using Sallyport.Contracts;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Recordings.Video;
using Sallyport.Portal.Tests.Support;
using Sallyport.Recording;
using Sallyport.Recording.Screen;

namespace Sallyport.Portal.Tests.Recordings.Video;

/// <summary>Videos as Debian's ffmpeg makes them and as ffprobe and ffmpeg see them.</summary>
[Collection(PostgresCollection.Name)]
public sealed class VideoTests(RecordedScreens screens) : IClassFixture<RecordedScreens>
{
    private const uint Green = 0xFF20A040;
    private const uint Red = 0xFFD04030;
    private static readonly ScreenRect Button = new(400, 300, 120, 60);

    [Fact]
    public async Task A_video_is_as_long_as_the_recording_and_shows_each_moment()
    {
        var session = await screens.RecordAsync(ButtonAsync);

        var state = await screens.MakeAsync(session, skipIdle: false);

        Assert.Equal((VideoStage.Done, null, 100), (state.Stage, state.Message, state.Percent));
        var file = screens.Videos.FileOf(session)!;
        var (width, height, length, codec) = await VideoFile.ProbeAsync(file);
        Assert.Equal((640, "h264"), (width, codec));
        Assert.InRange(height, 480 + 20, 480 + 60);
        Assert.InRange(length.TotalSeconds, 64.5, 66);
        Assert.Equal(new FileInfo(file).Length, state.Bytes);
        (await VideoFile.AtAsync(file, 1.5)).Shows(ScreenScript.Background, 450, 330);
        (await VideoFile.AtAsync(file, 4)).Shows(Green, 450, 330);
        var last = await VideoFile.AtAsync(file, 30);
        last.Shows(Red, 450, 330);
        last.Shows(ScreenScript.Background, 100, 100);

        // Who and where, and below it when; and the clock goes on while nothing else does.
        Assert.InRange(last.Bright(480, height, 0, 640), 200, 20_000);
        Assert.NotEqual(last.Bytes, (await VideoFile.AtAsync(file, 34)).Bytes);
        Assert.Single(await screens.AuditAsync(AuditAction.RecordingExported, session));
    }

    [Fact]
    public async Task Idle_time_is_skipped_when_that_is_asked_for()
    {
        var session = await screens.RecordAsync(ButtonAsync);

        Assert.Equal(VideoStage.Done, (await screens.MakeAsync(session, skipIdle: true)).Stage);

        var file = screens.Videos.FileOf(session)!;
        Assert.InRange((await VideoFile.ProbeAsync(file)).Length.TotalSeconds, 2, 6);
        (await VideoFile.AtAsync(file, 100)).Shows(Red, 450, 330);
    }

    [Fact]
    public async Task A_screen_that_changes_its_size_is_shown_in_the_middle_of_the_largest()
    {
        var session = await screens.RecordAsync(async script =>
        {
            await script.At(0).ResizeAsync(401, 301);
            script.Paint(new ScreenRect(0, 0, 401, 301), Red);
            await script.KeyframeAsync();
            await script.At(5).ResizeAsync(800, 600);
            await script.At(10).WriteAsync(RecordingEventKind.Marker, "ended"u8.ToArray());
        });

        Assert.Equal(VideoStage.Done, (await screens.MakeAsync(session, skipIdle: false)).Stage);

        var file = screens.Videos.FileOf(session)!;
        Assert.Equal(800, (await VideoFile.ProbeAsync(file)).Width);
        var small = await VideoFile.AtAsync(file, 3);
        small.Shows(0xFF000000, 100, 300);
        small.Shows(0xFF000000, 400, 50);
        small.Shows(Red, 400, 300);
        var large = await VideoFile.AtAsync(file, 8);
        large.Shows(ScreenScript.Background, 100, 300);
        large.Shows(ScreenScript.Background, 400, 300);
    }

    [Fact]
    public async Task Nobody_else_on_the_machine_can_read_it_and_it_is_deleted_after_an_hour()
    {
        var session = await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 100));
        await screens.MakeAsync(session, skipIdle: false);
        var file = screens.Videos.FileOf(session)!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        const UnixFileMode folder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal((folder, folder), (File.GetUnixFileMode(Path.GetDirectoryName(file)!), File.GetUnixFileMode(Path.GetDirectoryName(Path.GetDirectoryName(file))!)));

        screens.World.Time.Ahead += TimeSpan.FromMinutes(59);
        screens.Videos.DeleteOld();
        Assert.True(File.Exists(file));
        screens.World.Time.Ahead += TimeSpan.FromMinutes(2);
        screens.Videos.DeleteOld();

        Assert.False(Directory.Exists(Path.GetDirectoryName(file)));
        Assert.Null(screens.Videos.Find(session));
    }

    [Fact]
    public async Task A_damaged_recording_says_so_and_there_is_no_video()
    {
        var session = await screens.RecordAsync(ButtonAsync);
        var bytes = await File.ReadAllBytesAsync(screens.PathOf(session));
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(screens.PathOf(session), bytes);

        var state = await screens.MakeAsync(session, skipIdle: true);

        Assert.Equal(VideoStage.Failed, state.Stage);
        Assert.StartsWith("The recording is damaged, and no video is made of it. ", state.Message, StringComparison.Ordinal);
        Assert.Null(screens.Videos.FileOf(session));
        Assert.Equal("failed", Assert.Single(await screens.AuditAsync(AuditAction.RecordingVerified, session)).Body.GetProperty("result").GetString(), ignoreCase: true);
    }

    [Fact]
    public async Task One_that_waits_or_is_being_made_is_cancelled_and_leaves_nothing()
    {
        // At one picture a second this takes minutes.
        var session = await screens.RecordAsync(async script =>
        {
            await script.At(0).ResizeAsync(1280, 800);
            await script.At(TimeSpan.FromHours(8)).WriteAsync(RecordingEventKind.Marker, "ended"u8.ToArray());
        });
        var other = await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 100));
        var before = Directory.GetDirectories(screens.Folder);
        PlantWorld.Value(await screens.Videos.StartAsync(screens.Reviewer, await screens.ListingAsync(session), false, default));
        var folder = Assert.Single(Directory.GetDirectories(screens.Folder).Except(before));
        await screens.WhenAsync(session, state => state is { Stage: VideoStage.Making, Percent: > 0, SecondsLeft: > 0 });
        PlantWorld.Value(await screens.Videos.StartAsync(screens.Reviewer, await screens.ListingAsync(other), false, default));
        Assert.Equal((VideoStage.Waiting, 1), (screens.Videos.Find(other)!.Stage, screens.Videos.Find(other)!.Ahead));
        screens.Videos.Cancel(other);
        Assert.Equal(VideoStage.Cancelled, screens.Videos.Find(other)!.Stage);
        PlantWorld.Value(await screens.Videos.StartAsync(screens.Reviewer, await screens.ListingAsync(other), false, default));
        Assert.Equal("A video of this recording is already being made.", (await screens.Videos.StartAsync(screens.Reviewer, await screens.ListingAsync(session), false, default)).Error);

        screens.Videos.Cancel(session);

        await screens.WhenAsync(session, state => state.Stage == VideoStage.Cancelled);
        Assert.False(Directory.Exists(folder));
        await screens.WhenAsync(other, state => state.Stage == VideoStage.Done);
        Assert.Null(screens.Videos.FileOf(session));
    }

    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "unknown type", [7, .. new byte[40]] },
        { "too short", [1, 3, 0] },
        { "65535 × 65535", [1, 3, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0] },
        { "8192 × 8192", [1, 3, 0, 0x20, 0, 0x20, 0, 0, 0, 0] },
        { "outside", [1, 3, 10, 0, 10, 0, 1, 0, 0, 0, 5, 0, 5, 0, 9, 0, 9, 0, 0x78, 0x9C] },
        { "no zlib", [1, 3, 10, 0, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 10, 0, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8] },
        { "more rectangles than there are", [1, 3, 10, 0, 10, 0, 0xFF, 0xFF, 0, 0, 1, 2, 3, 4] },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task A_recording_with_nonsense_in_it_fails_plainly_and_the_next_is_made(string what, byte[] payload)
    {
        Assert.NotEmpty(what);
        var session = await screens.RecordAsync(async script =>
        {
            await script.At(1).ResizeAsync(100, 100);
            await script.At(2).WriteAsync(RecordingEventKind.Snapshot, payload);
        });

        var state = await screens.MakeAsync(session, skipIdle: false);

        Assert.Equal(VideoStage.Failed, state.Stage);
        Assert.NotNull(state.Message);
        Assert.Null(screens.Videos.FileOf(session));
        var sound = await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 100));
        Assert.Equal(VideoStage.Done, (await screens.MakeAsync(sound, skipIdle: false)).Stage);
    }

    [Fact]
    public async Task What_has_no_picture_is_refused()
    {
        var terminal = await screens.RecordAsync(async script => await script.At(1).WriteAsync(RecordingEventKind.Output, "hello"u8.ToArray()), ServiceKind.Ssh);
        Assert.Equal("There is no picture in this recording to make a video of.", (await screens.Videos.StartAsync(screens.Reviewer, await screens.ListingAsync(terminal), false, default)).Error);

        var black = await screens.RecordAsync(async script => await script.At(1).WriteAsync(RecordingEventKind.Marker, "hello"u8.ToArray()));
        Assert.Equal("There is no picture in this recording.", (await screens.MakeAsync(black, false)).Message);
    }

    private static async Task ButtonAsync(ScreenScript script)
    {
        await script.At(0.5).ResizeAsync(640, 480);
        await script.At(2).ClickAsync(450, 330);
        await script.At(2.05).FillAsync(Button, Green);
        await script.At(5).ClickAsync(450, 330);
        await script.At(5.05).FillAsync(Button, Red);

        // So that the pointer hides nothing.
        await script.At(5.5).ClickAsync(10, 10);
        await script.At(65).WriteAsync(RecordingEventKind.Marker, "ended"u8.ToArray());
    }
}
