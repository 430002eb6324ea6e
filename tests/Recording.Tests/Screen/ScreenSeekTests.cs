using Sallyport.Recording.Screen;
using Sallyport.Recording.Tests.Support;

namespace Sallyport.Recording.Tests.Screen;

public sealed class ScreenSeekTests : IDisposable
{
    private const int MaxPixels = 1000 * 1000;
    private static readonly ScreenRect Lamp = new(10, 10, 20, 20);

    private readonly TestRecording _recording = new();

    [Fact]
    public async Task Any_moment_shows_the_picture_that_was_there_then()
    {
        await using (var script = await BeginAsync())
        {
            await script.At(1).ResizeAsync(300, 200);
            for (var second = 2; second < 3600; second++)
            {
                script.At(second);
                await script.FillAsync(Lamp, Colour(second));
                if (second % 10 == 0)
                {
                    await script.KeyframeAsync();
                }
            }

            await script.SealAsync();
        }

        await using var file = File.OpenRead(_recording.Path);
        using var reader = await RecordingReader.OpenAsync(file, _recording.KeyEncryptionKey, default);
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var second = 2 + random.Next(3597);
            var playback = await ScreenSeek.ToAsync(reader, TimeSpan.FromSeconds(second + 0.5), MaxPixels, default);
            Assert.True(playback.IsWhole);
            Assert.Equal(Colour(second), playback.Frame!.Row(15)[15]);
            Assert.Equal(ScreenScript.Background, playback.Frame.Row(100)[100]);
        }
    }

    [Fact]
    public async Task Before_the_first_picture_there_is_none_and_half_a_picture_is_finished()
    {
        await using (var script = await BeginAsync())
        {
            await script.At(0).WriteAsync(RecordingEventKind.Marker, "begun"u8.ToArray());
            script.At(5);
            await script.WriteAsync(RecordingEventKind.Snapshot, ScreenRecord.KeyframeOf(new ScreenFrame(700, 700)).First());
            script.At(6);
            foreach (var rest in ScreenRecord.KeyframeOf(new ScreenFrame(700, 700)).Skip(1))
            {
                await script.WriteAsync(RecordingEventKind.Screen, rest);
            }

            await script.SealAsync();
        }

        await using var file = File.OpenRead(_recording.Path);
        using var reader = await RecordingReader.OpenAsync(file, _recording.KeyEncryptionKey, default);

        Assert.Null((await ScreenSeek.ToAsync(reader, TimeSpan.FromSeconds(2), MaxPixels, default)).Frame);
        Assert.True((await ScreenSeek.ToAsync(reader, TimeSpan.FromSeconds(5.5), MaxPixels, default)).IsWhole);
    }

    [Fact]
    public async Task Activity_is_what_changed_and_was_pressed_and_keyframes_are_none()
    {
        await using (var script = await BeginAsync())
        {
            await script.At(0).ResizeAsync(100, 100);
            await script.At(15).KeyframeAsync();
            await script.At(45).FillAsync(new ScreenRect(0, 0, 100, 50), 0xFFFF0000);
            await script.At(75).ClickAsync(5, 5);
            await script.At(76).WriteAsync(RecordingEventKind.Input, [ScreenInputRecord.KeyEvent, 1, 65, 0, 0, 0]);
            await script.At(77).WriteAsync(RecordingEventKind.MaskedInput, [3, 0, 0, 0]);
            await script.At(100).WriteAsync(RecordingEventKind.Marker, "ended"u8.ToArray());
            await script.SealAsync();
        }

        await using var file = File.OpenRead(_recording.Path);
        using var reader = await RecordingReader.OpenAsync(file, _recording.KeyEncryptionKey, default);
        var activity = await ScreenActivity.MeasureAsync(reader, 10, default);

        Assert.Equal([0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0], activity.Change);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 3, 0, 0], activity.Input);
    }

    [Fact]
    public void A_spoilt_head_is_called_so()
    {
        var payload = ScreenRecord.KeyframeOf(new ScreenFrame(20, 10)).Single();
        Assert.Equal(new ScreenHead(true, true, 20, 10, 200), ScreenHead.Read(payload));
        for (var length = 0; length < 18; length++)
        {
            Assert.Throws<InvalidDataException>(() => ScreenHead.Read(payload.AsSpan(0, length)));
        }

        payload[0] = 9;
        Assert.Throws<InvalidDataException>(() => ScreenHead.Read(payload));
    }

    public void Dispose() => _recording.Dispose();

    private static uint Colour(int second) => 0xFF000000 | (uint)(second * 4001);

    private Task<ScreenScript> BeginAsync() => ScreenScript.BeginAsync(_recording.Path, TestRecording.Header(), _recording.KeyEncryptionKey, _recording.GatewayKey);
}
