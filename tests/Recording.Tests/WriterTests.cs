using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sallyport.Recording.Format;
using Sallyport.Recording.Tests.Support;

namespace Sallyport.Recording.Tests;

public sealed class WriterTests : IDisposable
{
    private readonly TestRecording _recording = new();

    [Fact]
    public async Task To_seal_twice_changes_nothing()
    {
        await using var writer = await _recording.CreateAsync();
        await writer.WriteAsync(RecordingEventKind.Output, "once"u8.ToArray(), CancellationToken.None);

        var heads = await Task.WhenAll(writer.SealAsync("user", CancellationToken.None), writer.SealAsync("expired", CancellationToken.None));

        Assert.Equal(heads[0], heads[1]);
        Assert.Equal(heads[0], await writer.SealAsync("user", CancellationToken.None));
        Assert.Equal(Verdict.Intact, (await _recording.VerifyAsync(heads[0])).Verdict);
    }

    [Fact]
    public async Task Disposing_waits_for_a_seal_under_way()
    {
        for (var i = 0; i < 20; i++)
        {
            using var recording = new TestRecording();
            var writer = await recording.CreateAsync();
            await writer.WriteAsync(RecordingEventKind.Output, RandomNumberGenerator.GetBytes(500_000), CancellationToken.None);

            var sealing = writer.SealAsync("user", CancellationToken.None);
            await Task.WhenAll(writer.DisposeAsync().AsTask(), writer.DisposeAsync().AsTask());

            Assert.Equal(Verdict.Intact, (await recording.VerifyAsync(await sealing)).Verdict);
        }
    }

    [Fact]
    public async Task After_the_end_nothing_more_is_taken()
    {
        var writer = await _recording.CreateAsync();
        await writer.DisposeAsync();

        await Assert.ThrowsAsync<RecordingException>(async () => await writer.WriteAsync(RecordingEventKind.Output, "late"u8.ToArray(), CancellationToken.None));
        await Assert.ThrowsAsync<RecordingException>(() => writer.SealAsync("user", CancellationToken.None));
        Assert.False(writer.Failed.IsCancellationRequested);
    }

    [Fact]
    public async Task Masked_input_is_four_bytes_that_count_what_was_typed()
    {
        await using (var writer = await _recording.CreateAsync())
        {
            await Assert.ThrowsAsync<RecordingException>(async () => await writer.WriteAsync(RecordingEventKind.MaskedInput, "secret"u8.ToArray(), CancellationToken.None));
            var count = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(count, 6);
            await writer.WriteAsync(RecordingEventKind.MaskedInput, count, CancellationToken.None);
        }

        var read = Assert.Single(await _recording.ReadAllAsync());
        Assert.Equal("06000000", Convert.ToHexString(read.Payload.Span));
        await using var file = File.OpenRead(_recording.Path);
        using var reader = await RecordingReader.OpenAsync(file, null, CancellationToken.None);
        Assert.Equal(6u, Assert.Single(reader.Chunks).InputBytes);
    }

    [Fact]
    public async Task A_chunk_is_closed_by_the_next_event_when_the_timer_is_late()
    {
        var time = new ScriptedTime();
        await using (var writer = await _recording.CreateAsync(time))
        {
            for (var i = 0; i < 5; i++)
            {
                await writer.WriteAsync(RecordingEventKind.Output, "x"u8.ToArray(), CancellationToken.None);
                time.Now += TimeSpan.FromSeconds(1);
            }
        }

        await using var file = File.OpenRead(_recording.Path);
        using var reader = await RecordingReader.OpenAsync(file, null, CancellationToken.None);
        Assert.Equal(5, reader.Chunks.Count);
    }

    [Fact]
    public async Task What_was_written_is_flushed_to_the_disk_within_ten_seconds_even_when_nothing_more_is_written()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var writer = await _recording.CreateAsync(time);
        await writer.WriteAsync(RecordingEventKind.Output, "x"u8.ToArray(), CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.HoldsAsync("a chunk is written", () => writer.Head.Chunk == 0);
        Assert.Equal(-1, writer.Durable.Chunk);

        await Eventually.HoldsAsync("all is on the disk", () =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return writer.Durable == writer.Head;
        });
    }

    [Fact]
    public async Task A_recording_longer_than_a_year_fails_instead_of_writing_what_cannot_be_read()
    {
        var time = new ScriptedTime();
        await using var writer = await _recording.CreateAsync(time);
        await writer.WriteAsync(RecordingEventKind.Output, "x"u8.ToArray(), CancellationToken.None);
        time.Now += TimeSpan.FromDays(367);
        await writer.WriteAsync(RecordingEventKind.Output, "x"u8.ToArray(), CancellationToken.None);

        await Assert.ThrowsAsync<RecordingException>(() => writer.SealAsync("user", CancellationToken.None));
        await Eventually.HoldsAsync("the writer has failed", () => writer.Failed.IsCancellationRequested);
        Assert.Single(await _recording.ReadAllAsync());
    }

    [Fact]
    public async Task Whatever_fails_while_sealing_frees_the_writers_and_tells_the_session()
    {
        var time = new BrokenTime();
        await using var writer = await _recording.CreateAsync(time);
        var told = new TaskCompletionSource();
        writer.Failed.Register(() =>
        {
            told.SetResult();
            throw new InvalidOperationException("A careless listener");
        });
        var writing = Task.Run(async () =>
        {
            while (true)
            {
                await writer.WriteAsync(RecordingEventKind.Output, new byte[Layout.ChunkTarget], CancellationToken.None);
            }
        });

        await Assert.ThrowsAsync<RecordingException>(() => writing.WaitAsync(TimeSpan.FromSeconds(10)));
        await told.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<RecordingException>(() => writer.SealAsync("user", CancellationToken.None));
    }

    [Fact]
    public async Task A_listener_to_the_failure_may_dispose_the_writer()
    {
        var writer = await _recording.CreateAsync(new BrokenTime());
        var disposed = new TaskCompletionSource();
        writer.Failed.Register(() => _ = DisposeAsync());
        await writer.WriteAsync(RecordingEventKind.Output, new byte[Layout.ChunkTarget], CancellationToken.None);

        await disposed.Task.WaitAsync(TimeSpan.FromSeconds(10));

        async Task DisposeAsync()
        {
            await writer.DisposeAsync();
            disposed.SetResult();
        }
    }

    [Fact]
    public async Task A_recording_that_cannot_be_begun_leaves_no_file()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var recipient = new RecordingRecipient("kek", Base64Url.EncodeToString(_recording.KeyEncryptionKey.ExportSubjectPublicKeyInfo()));
        Task<RecordingWriter> BeginAsync(RecordingRecipient recipient, CancellationToken cancellationToken) =>
            RecordingWriter.CreateAsync(_recording.Path, TestRecording.Header(), recipient, _recording.GatewayKey, TimeProvider.System, cancellationToken);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BeginAsync(recipient, cancelled.Token));
        Assert.False(File.Exists(_recording.Path));
        await Assert.ThrowsAsync<RecordingException>(() => BeginAsync(recipient with { Spki = "AAAA" }, CancellationToken.None));
        Assert.False(File.Exists(_recording.Path));
    }

    [Fact]
    public async Task The_export_does_not_swallow_half_a_character_at_the_end()
    {
        await using (var writer = await _recording.CreateAsync())
        {
            await writer.WriteAsync(RecordingEventKind.Output, new byte[] { (byte)'T', 0xC3 }, CancellationToken.None);
        }

        await using var file = File.OpenRead(_recording.Path);
        using var reader = await RecordingReader.OpenAsync(file, _recording.KeyEncryptionKey, CancellationToken.None);
        var output = new MemoryStream();
        await AsciicastExporter.ExportAsync(reader, output, CancellationToken.None);

        var lines = Encoding.UTF8.GetString(output.ToArray()).TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.EndsWith("\"\\uFFFD\"]", lines[2], StringComparison.Ordinal);
    }

    public void Dispose() => _recording.Dispose();

    // Fails in a way that nobody foresaw, and only for the task that seals.
    private sealed class BrokenTime : TimeProvider
    {
        public override long GetTimestamp() => Environment.StackTrace.Contains("SealChunksAsync", StringComparison.Ordinal)
            ? throw new NotSupportedException("The clock broke.")
            : base.GetTimestamp();
    }
}
