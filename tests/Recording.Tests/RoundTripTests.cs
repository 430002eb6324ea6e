using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sallyport.Recording.Tests.Support;

namespace Sallyport.Recording.Tests;

public sealed class RoundTripTests : IDisposable
{
    private readonly TestRecording _recording = new();

    [Fact]
    public void Whatever_is_written_is_read_back_in_order()
    {
        var kinds = Gen.Elements(RecordingEventKind.Output, RecordingEventKind.Input, RecordingEventKind.Resize, RecordingEventKind.Marker, RecordingEventKind.Snapshot);
        var events = Gen.Zip(kinds, ArbMap.Default.GeneratorFor<byte[]>()).ListOf();
        Check.QuickThrowOnFailure(Prop.ForAll(events.ToArbitrary(), written =>
        {
            using var recording = new TestRecording();
            RunAsync().GetAwaiter().GetResult();

            async Task RunAsync()
            {
                await using (var writer = await recording.CreateAsync())
                {
                    foreach (var (kind, payload) in written)
                    {
                        await writer.WriteAsync(kind, payload, CancellationToken.None);
                    }

                    await writer.SealAsync("user", CancellationToken.None);
                }

                var read = await recording.ReadAllAsync();
                Assert.Equal(written.Select(e => (e.Item1, Convert.ToHexString(e.Item2))), read.Select(e => (e.Kind, Convert.ToHexString(e.Payload.Span))));
                Assert.Equal(Verdict.Intact, (await recording.VerifyAsync()).Verdict);
            }
        }));
    }

    [Fact]
    public async Task Without_a_seal_all_that_was_written_is_readable_and_shows_as_interrupted()
    {
        await using (var writer = await _recording.CreateAsync())
        {
            await writer.WriteAsync(RecordingEventKind.Output, "before the end"u8.ToArray(), CancellationToken.None);
        }

        Assert.Equal("before the end", Encoding.UTF8.GetString(Assert.Single(await _recording.ReadAllAsync()).Payload.Span));
        Assert.Equal(Verdict.Interrupted, (await _recording.VerifyAsync()).Verdict);
    }

    [Fact]
    public async Task A_chunk_is_on_disk_within_a_second_or_so_even_when_nothing_more_is_written()
    {
        await using var writer = await _recording.CreateAsync();
        await writer.WriteAsync(RecordingEventKind.Output, "waiting"u8.ToArray(), CancellationToken.None);

        await Eventually.HoldsAsync("a chunk is on disk", () => writer.Head.Chunk >= 0, TimeSpan.FromSeconds(10));

        Assert.Single(await _recording.ReadAllAsync());
    }

    [Fact]
    public async Task A_replay_begins_at_the_last_snapshot_before_the_moment()
    {
        await using (var writer = await _recording.CreateAsync())
        {
            foreach (var text in new[] { "a", "b" })
            {
                await writer.WriteAsync(RecordingEventKind.Output, Encoding.UTF8.GetBytes(text), CancellationToken.None);
                await writer.WriteAsync(RecordingEventKind.Snapshot, Encoding.UTF8.GetBytes($"[{text}]"), CancellationToken.None);
            }

            await writer.WriteAsync(RecordingEventKind.Output, "c"u8.ToArray(), CancellationToken.None);
            await writer.SealAsync("user", CancellationToken.None);
        }

        await using var file = File.OpenRead(_recording.Path);
        using var reader = await RecordingReader.OpenAsync(file, _recording.KeyEncryptionKey, CancellationToken.None);
        var text2 = "";
        await foreach (var entry in reader.ReadFromSnapshotAsync(TimeSpan.FromHours(1), CancellationToken.None))
        {
            text2 += Encoding.UTF8.GetString(entry.Payload.Span);
        }

        Assert.Equal("[b]c", text2);
    }

    [Fact]
    public async Task A_recording_never_replaces_another()
    {
        await File.WriteAllTextAsync(_recording.Path, "evidence");

        await Assert.ThrowsAsync<RecordingException>(() => _recording.CreateAsync());

        Assert.Equal("evidence", await File.ReadAllTextAsync(_recording.Path));
    }

    [Fact]
    public async Task A_full_disk_is_reported_to_the_writer_and_what_was_written_stays_readable()
    {
        // A file system of 512 KiB of its own; needs root.
        var folder = Directory.CreateTempSubdirectory("sallyport-full").FullName;
        await Children.RunAsync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", folder]);
        try
        {
            var path = System.IO.Path.Combine(folder, "full.sprec");
            await using (var writer = await _recording.CreateAsync(path: path))
            {
                await Assert.ThrowsAsync<RecordingException>(async () =>
                {
                    for (var i = 0; i < 100; i++)
                    {
                        await writer.WriteAsync(RecordingEventKind.Output, System.Security.Cryptography.RandomNumberGenerator.GetBytes(100_000), CancellationToken.None);
                    }
                });
                Assert.True(writer.Failed.IsCancellationRequested);
            }

            Assert.NotEmpty(await _recording.ReadAllAsync(path));
        }
        finally
        {
            await Children.RunAsync("umount", [folder]);
            Directory.Delete(folder);
        }
    }

    [Fact]
    public async Task Asciinema_plays_the_export()
    {
        await using (var writer = await _recording.CreateAsync())
        {
            await writer.WriteAsync(RecordingEventKind.Resize, new byte[] { 100, 0, 30, 0 }, CancellationToken.None);
            // "ü" split across two events.
            await writer.WriteAsync(RecordingEventKind.Output, new byte[] { (byte)'T', 0xC3 }, CancellationToken.None);
            await writer.WriteAsync(RecordingEventKind.Output, new byte[] { 0xBC, (byte)'r', 13, 10 }, CancellationToken.None);
            await writer.SealAsync("user", CancellationToken.None);
        }

        var cast = System.IO.Path.ChangeExtension(_recording.Path, ".cast");
        await using (var file = File.OpenRead(_recording.Path))
        await using (var output = File.Create(cast))
        {
            using var reader = await RecordingReader.OpenAsync(file, _recording.KeyEncryptionKey, CancellationToken.None);
            await AsciicastExporter.ExportAsync(reader, output, CancellationToken.None);
        }

        // asciinema insists on a terminal; script (util-linux) gives it one, whose line discipline may double the CR.
        using var process = Process.Start(new ProcessStartInfo("script", ["-qec", $"asciinema cat '{cast}'", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["LC_ALL"] = "C.UTF-8" },
        })!;
        Assert.Equal("Tür", (await process.StandardOutput.ReadToEndAsync()).TrimEnd('\r', '\n'));
    }

    public void Dispose() => _recording.Dispose();
}
