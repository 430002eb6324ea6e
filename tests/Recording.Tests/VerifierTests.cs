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
        foreach (var mask in new byte[] { 0x01, 0x20, 0x80 })
        {
            for (var i = 0; i < whole.Length; i++)
            {
                var altered = (byte[])whole.Clone();
                altered[i] ^= mask;
                var report = await RecordingVerifier.VerifyAsync(new MemoryStream(altered), _recording.GatewayKey, null, null, CancellationToken.None);
                Assert.True(report.Verdict == Verdict.Broken, $"byte {i} of {whole.Length}, {mask:x2}: {report.Verdict}");
            }
        }
    }

    [Theory]
    [InlineData(0)] // magic
    [InlineData(4)] // type
    [InlineData(41)] // length
    [InlineData(43)]
    public async Task A_damaged_chunk_head_is_named_and_does_not_hide_the_rest(int at)
    {
        await _recording.WriteSealedAsync(4);
        await EditAsync(chunks => chunks[2][at] ^= 0x40);

        await AssertBrokenAsync(2, "altered");
    }

    [Fact]
    public async Task A_sealed_recording_whose_end_was_taken_out_is_broken()
    {
        await _recording.WriteSealedAsync(4);
        await EditAsync(chunks => chunks.RemoveAt(chunks.Count - 1));

        await AssertBrokenAsync(5, "end is gone");
    }

    [Fact]
    public async Task A_torn_tail_without_a_trailer_is_interrupted()
    {
        await _recording.WriteSealedAsync(2);
        var bytes = await File.ReadAllBytesAsync(_recording.Path);
        var second = (await ChunksAsync(_recording.Path)) is var (start, chunks, _) ? start.Length + chunks[0].Length : 0;
        foreach (var length in new[] { second + 40, second + Layout.ChunkHeaderLength, second + 1000, bytes.Length - 1, bytes.Length - Layout.TrailerLength })
        {
            await File.WriteAllBytesAsync(_recording.Path, bytes[..length]);
            Assert.Equal(Verdict.Interrupted, (await _recording.VerifyAsync()).Verdict);
        }
    }

    [Fact]
    public async Task The_report_says_whether_the_signature_was_checked()
    {
        await _recording.WriteSealedAsync(1);
        await using var file = File.OpenRead(_recording.Path);

        Assert.True((await RecordingVerifier.VerifyAsync(file, _recording.GatewayKey, null, null, CancellationToken.None)).SignatureChecked);
        var unsigned = await RecordingVerifier.VerifyAsync(file, null, null, null, CancellationToken.None);
        Assert.False(unsigned.SignatureChecked);
        Assert.Equal(Verdict.Intact, unsigned.Verdict);
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
        var at = Layout.PrefixLength + BitConverter.ToInt32(bytes, 8) + BitConverter.ToInt32(bytes, 12);
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
