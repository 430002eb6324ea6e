using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sallyport.Recording.Format;
using Sallyport.Recording.Tests.Support;

namespace Sallyport.Recording.Tests;

public sealed class SeekTests : IDisposable
{
    private const int Seconds = 8 * 60 * 60;
    private const int SnapshotEvery = 60;
    private const int OutputLength = 300;

    private readonly TestRecording _recording = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task To_seek_in_eight_hours_reads_the_index_and_one_minute(bool whole)
    {
        await WriteAsync(whole);
        await using var file = new FileStream(_recording.Path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var counting = new CountingStream(file);
        using var reader = await RecordingReader.OpenAsync(counting, _recording.KeyEncryptionKey, CancellationToken.None);

        // A chunk a second: its entry in the index, or, without one, its head.
        var perChunk = whole ? Layout.IndexEntryLength : Layout.ChunkHeaderLength;
        Assert.Equal(Seconds, reader.Chunks.Count);
        Assert.InRange(counting.BytesRead, 0, (reader.Chunks.Count * perChunk) + 4096);
        Assert.InRange(counting.BytesRead, 0, file.Length / 3);
        foreach (var hours in new[] { 0.01, 3.3, 5, 7.99 })
        {
            counting.BytesRead = 0;
            var at = TimeSpan.FromHours(hours);
            var events = new List<RecordingEvent>();
            await foreach (var entry in reader.ReadFromSnapshotAsync(at, CancellationToken.None))
            {
                events.Add(entry);
                if (entry.At >= at)
                {
                    break;
                }
            }

            Assert.Equal(RecordingEventKind.Snapshot, events[0].Kind);
            Assert.InRange(events[0].At, at - TimeSpan.FromSeconds(SnapshotEvery + 1), at);
            Assert.InRange(counting.BytesRead, 1, (SnapshotEvery + 2) * (Layout.ChunkHeaderLength + Layout.TagLength + OutputLength + 200));
        }
    }

    public void Dispose() => _recording.Dispose();

    private async Task WriteAsync(bool whole)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var writer = await _recording.CreateAsync(time);
        var random = new Random(1);
        var output = new byte[OutputLength];
        for (var second = 0; second < Seconds; second++)
        {
            if (second % SnapshotEvery == 0)
            {
                await writer.WriteAsync(RecordingEventKind.Snapshot, Encoding.ASCII.GetBytes(second.ToString(CultureInfo.InvariantCulture)), CancellationToken.None);
            }

            random.NextBytes(output);
            await writer.WriteAsync(RecordingEventKind.Output, output, CancellationToken.None);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        if (whole)
        {
            await writer.SealAsync("expired", CancellationToken.None);
        }
    }
}
