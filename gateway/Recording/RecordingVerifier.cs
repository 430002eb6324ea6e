using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using Sallyport.Recording.Format;

namespace Sallyport.Recording;

/// <summary>
/// Checks a recording without needing its key: each chunk against the hash that the next one carries, the signature,
/// the index against the chunks, and the whole against a head that was reported while it was being written.
/// </summary>
public static class RecordingVerifier
{
    /// <summary>More findings than this say nothing new.</summary>
    private const int MaxFindings = 20;

    /// <param name="gatewayKey">The key of the gateway that the portal knows; null leaves the signature unchecked.</param>
    /// <param name="reported">The newest head that the portal was told; null leaves truncation of an interrupted file unseen.</param>
    /// <param name="keyEncryptionKey">Also opens every chunk, when given.</param>
    public static async Task<VerificationReport> VerifyAsync(
        Stream source,
        ECDsa? gatewayKey,
        RecordingHead? reported,
        ECDiffieHellman? keyEncryptionKey,
        CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        FileHeader header;
        int start;
        byte[] previous;
        try
        {
            (header, start, previous) = await FileHeader.ReadAsync(source, cancellationToken);
        }
        catch (RecordingException e)
        {
            return new VerificationReport(Verdict.Broken, null, 0, null, [new Finding(null, e.Message)]);
        }

        var head = new RecordingHead(-1, Base64Url.EncodeToString(previous), start);
        var reportedSeen = reported is null || Same(head, reported);
        long expected = 0, events = 0, end = start, time = 0;
        var ended = false;
        var index = new List<IndexEntry>();
        var body = ArrayPool<byte>.Shared.Rent(Layout.ChunkHeaderLength + Layout.MaxSealedLength);
        try
        {
            await foreach (var (chunk, offset) in ChunkTable.HeadersAsync(source, start, cancellationToken))
            {
                if (ended || findings.Count >= MaxFindings)
                {
                    break;
                }

                var total = Layout.ChunkHeaderLength + chunk.BodyLength;
                if (body.Length < total)
                {
                    ArrayPool<byte>.Shared.Return(body);
                    body = ArrayPool<byte>.Shared.Rent(total);
                }

                var bytes = body.AsMemory(0, total);
                source.Position = offset;
                await source.ReadExactlyAsync(bytes, cancellationToken);
                if (chunk.Number != expected)
                {
                    findings.Add(new Finding(expected, chunk.Number > expected ? $"Chunk {expected} is missing: chunk {chunk.Number} stands in its place." : $"Chunk {chunk.Number} stands where chunk {expected} should be."));
                }
                else if (!chunk.Previous.Span.SequenceEqual(previous))
                {
                    findings.Add(chunk.Number == 0
                        ? new Finding(0, "Chunk 0 does not belong to this header: the header was altered, or the chunk is another recording's.")
                        : new Finding(chunk.Number - 1, $"Chunk {chunk.Number - 1} was altered, or chunk {chunk.Number} is another recording's: chunk {chunk.Number} does not continue it."));
                }

                if (chunk.FirstMicroseconds < time)
                {
                    findings.Add(new Finding(chunk.Number, $"Chunk {chunk.Number} begins before the chunk before it ends."));
                }

                switch (chunk.Type)
                {
                    case ChunkType.Events:
                        index.Add(IndexEntry.Of(chunk, offset));
                        events++;
                        break;
                    case ChunkType.Index:
                        if (!bytes.Span[Layout.ChunkHeaderLength..].SequenceEqual(IndexEntry.ToBytes(index)))
                        {
                            findings.Add(new Finding(chunk.Number, "The index does not match the chunks."));
                        }

                        break;
                    default:
                        ended = true;
                        CheckEnd(bytes.Span, chunk.Number, header, events, gatewayKey, findings);
                        break;
                }

                previous = SHA256.HashData(bytes.Span);
                head = new RecordingHead(chunk.Number, Base64Url.EncodeToString(previous), offset + total);
                reportedSeen |= reported is not null && Same(head, reported);
                (expected, end, time) = (chunk.Number + 1, offset + total, Math.Max(time, chunk.LastMicroseconds));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }

        CheckRest(source.Length - end, ended, findings);
        if (!reportedSeen && findings.Count == 0)
        {
            findings.Add(head.Chunk < reported!.Chunk
                ? new Finding(head.Chunk + 1, $"Cut off: the gateway reported chunk {reported.Chunk}, and the file ends with chunk {head.Chunk}.")
                : new Finding(reported.Chunk, $"Chunk {reported.Chunk} is not the one that the gateway reported: the recording was rewritten."));
        }

        if (keyEncryptionKey is not null && findings.Count == 0)
        {
            await OpenAllAsync(source, keyEncryptionKey, findings, cancellationToken);
        }

        var verdict = findings.Count > 0 ? Verdict.Broken : ended ? Verdict.Intact : Verdict.Interrupted;
        return new VerificationReport(verdict, header.Recording, events, head, findings);
    }

    private static bool Same(RecordingHead head, RecordingHead reported) => head.Chunk == reported.Chunk && head.Hash == reported.Hash;

    private static void CheckEnd(ReadOnlySpan<byte> chunk, long number, FileHeader header, long events, ECDsa? gatewayKey, List<Finding> findings)
    {
        EndRecord end;
        try
        {
            end = EndRecord.Read(chunk[Layout.ChunkHeaderLength..]);
        }
        catch (RecordingException e)
        {
            findings.Add(new Finding(number, e.Message));
            return;
        }

        if (end.Chunks != events)
        {
            findings.Add(new Finding(number, $"The end speaks of {end.Chunks} chunks, and there are {events}."));
        }

        if (end.GatewayKeyId != header.Recording.GatewayKeyId)
        {
            findings.Add(new Finding(number, "The end is signed with another key than the header names."));
        }

        if (gatewayKey is not null && !EndRecord.Verify(chunk, gatewayKey))
        {
            findings.Add(new Finding(number, "The signature is not the gateway's."));
        }
    }

    private static void CheckRest(long rest, bool ended, List<Finding> findings)
    {
        if (ended && rest != Layout.TrailerLength)
        {
            findings.Add(new Finding(null, rest < Layout.TrailerLength ? "The last bytes are missing." : "Something was appended after the end."));
        }
    }

    private static async Task OpenAllAsync(Stream source, ECDiffieHellman key, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = await RecordingReader.OpenAsync(source, key, cancellationToken);
            for (var number = 0; number < reader.Chunks.Count; number++)
            {
                await reader.ReadChunkAsync(number, cancellationToken);
            }
        }
        catch (RecordingException e)
        {
            findings.Add(new Finding(null, e.Message));
        }
    }
}
