using System.Security.Cryptography;
using Sallyport.Recording.Format;
using Sallyport.Recording.Tests.Support;

namespace Sallyport.Recording.Tests;

public sealed class VerifierTests : IDisposable
{
    private readonly TestRecording _recording = new();

    [Fact]
    public async Task An_altered_chunk_is_named()
    {
        await _recording.WriteSealedAsync(4);
        await EditAsync(chunks => chunks[2][Layout.ChunkHeaderLength + 5] ^= 1);

        await AssertBrokenAsync(2, "altered");
    }

    [Fact]
    public async Task A_dropped_chunk_is_named()
    {
        await _recording.WriteSealedAsync(4);
        await EditAsync(chunks => chunks.RemoveAt(1));

        await AssertBrokenAsync(1, "missing");
    }

    [Fact]
    public async Task Swapped_chunks_are_named()
    {
        await _recording.WriteSealedAsync(4);
        await EditAsync(chunks => (chunks[1], chunks[2]) = (chunks[2], chunks[1]));

        await AssertBrokenAsync(1, "stands");
    }

    [Fact]
    public async Task A_foreign_chunk_is_named()
    {
        using var other = new TestRecording();
        await other.WriteSealedAsync(4);
        var foreign = (await ChunksAsync(other.Path)).Chunks[2];
        await _recording.WriteSealedAsync(4);
        await EditAsync(chunks => chunks[2] = foreign);

        await AssertBrokenAsync(1, "another recording's");
    }

    [Fact]
    public async Task An_altered_header_is_seen()
    {
        await _recording.WriteSealedAsync(1);
        var bytes = await File.ReadAllBytesAsync(_recording.Path);
        bytes[bytes.AsSpan().IndexOf("Pump"u8)] = (byte)'D';
        await File.WriteAllBytesAsync(_recording.Path, bytes);

        await AssertBrokenAsync(0, "header");
    }

    [Fact]
    public async Task A_recording_signed_by_another_gateway_is_refused()
    {
        await _recording.WriteSealedAsync(1);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var report = await _recording.VerifyAsync(gatewayKey: other);

        Assert.Equal(Verdict.Broken, report.Verdict);
        Assert.Contains("signature", Assert.Single(report.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_recording_is_interrupted_by_itself_and_broken_against_the_reported_head()
    {
        var head = await _recording.WriteSealedAsync(4);
        await EditAsync(chunks => chunks.RemoveRange(3, chunks.Count - 3), keepTrailer: false);

        Assert.Equal(Verdict.Interrupted, (await _recording.VerifyAsync()).Verdict);
        var report = await _recording.VerifyAsync(head);
        Assert.Equal(Verdict.Broken, report.Verdict);
        Assert.Contains("Cut off", Assert.Single(report.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_appended_after_the_end_is_seen()
    {
        await _recording.WriteSealedAsync(1);
        await File.AppendAllTextAsync(_recording.Path, "more");

        Assert.Equal(Verdict.Broken, (await _recording.VerifyAsync()).Verdict);
    }

    [Fact]
    public async Task Any_flipped_byte_of_a_sealed_recording_is_seen()
    {
        await using (var writer = await _recording.CreateAsync())
        {
            await writer.WriteAsync(RecordingEventKind.Output, "short"u8.ToArray(), CancellationToken.None);
            await writer.SealAsync("user", CancellationToken.None);
        }

        var whole = await File.ReadAllBytesAsync(_recording.Path);
        for (var i = 0; i < whole.Length; i++)
        {
            var altered = (byte[])whole.Clone();
            altered[i] ^= 0x20;
            var report = await RecordingVerifier.VerifyAsync(new MemoryStream(altered), _recording.GatewayKey, null, null, CancellationToken.None);

            // The trailer only helps to find the end; an altered one makes the file read as interrupted at worst.
            Assert.True(report.Verdict != Verdict.Intact || i >= whole.Length - Layout.TrailerLength, $"byte {i}");
        }
    }

    public void Dispose() => _recording.Dispose();

    private async Task AssertBrokenAsync(long chunk, string word)
    {
        var report = await _recording.VerifyAsync();
        Assert.Equal(Verdict.Broken, report.Verdict);
        Assert.Contains(report.Findings, finding => finding.Chunk == chunk && finding.Message.Contains(word, StringComparison.Ordinal));
    }

    private async Task EditAsync(Action<List<byte[]>> edit, bool keepTrailer = true)
    {
        var (start, chunks, trailer) = await ChunksAsync(_recording.Path);
        edit(chunks);
        await File.WriteAllBytesAsync(_recording.Path, [.. start, .. chunks.SelectMany(c => c), .. keepTrailer ? trailer : []]);
    }

    private static async Task<(byte[] Start, List<byte[]> Chunks, byte[] Trailer)> ChunksAsync(string path)
    {
        var bytes = await File.ReadAllBytesAsync(path);
        var at = Layout.PrefixLength + BitConverter.ToInt32(bytes, 8);
        var start = bytes[..at];
        var chunks = new List<byte[]>();
        while (ChunkHeader.TryRead(bytes.AsSpan(at), out var header))
        {
            chunks.Add(bytes[at..(at + Layout.ChunkHeaderLength + header.BodyLength)]);
            at += chunks[^1].Length;
        }

        return (start, chunks, bytes[at..]);
    }
}
