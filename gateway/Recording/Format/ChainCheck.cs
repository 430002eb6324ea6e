using System.Buffers.Text;
using System.Security.Cryptography;

namespace Sallyport.Recording.Format;

/// <summary>One walk over a file's chunks that notes what is wrong with them; the findings of <see cref="RecordingVerifier"/>.</summary>
internal sealed class ChainCheck(Stream source, FileHeader header, int start, byte[] headerHash, ECDsa? gatewayKey, RecordingHead? reported)
{
    /// <summary>More findings than this say nothing new.</summary>
    private const int MaxFindings = 20;

    private readonly List<IndexEntry> _index = [];
    private byte[] _previous = headerHash;
    private byte[] _bytes = [];
    private long _expected;
    private long _end = start;
    private long _time;
    private long? _indexOffset;
    private int? _endLength;
    private bool _reportedSeen = reported is null;

    public List<Finding> Findings { get; } = [];

    public RecordingHead Head { get; private set; } = new(-1, Base64Url.EncodeToString(headerHash), start);

    public long EventChunks => _index.Count;

    /// <summary>The signature was compared with the gateway's key, whatever came of it.</summary>
    public bool SignatureChecked { get; private set; }

    /// <summary>Has its end and, after it, its whole trailer.</summary>
    public bool Sealed { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _reportedSeen |= Same(Head);
        await foreach (var (chunk, offset) in ChunkTable.HeadersAsync(source, start, cancellationToken))
        {
            await CheckAsync(chunk, offset, cancellationToken);
            if (Findings.Count >= MaxFindings)
            {
                return;
            }

            if (_endLength is not null)
            {
                break;
            }
        }

        await CheckRestAsync(cancellationToken);
        if (!_reportedSeen && Findings.Count == 0)
        {
            Findings.Add(Head.Chunk < reported!.Chunk
                ? new Finding(Head.Chunk + 1, $"Cut off: the gateway reported chunk {reported.Chunk}, and the file ends with chunk {Head.Chunk}.")
                : new Finding(reported.Chunk, $"Chunk {reported.Chunk} is not the one that the gateway reported: the recording was rewritten."));
        }
    }

    private bool Same(RecordingHead head) => reported is not null && head.Chunk == reported.Chunk && head.Hash == reported.Hash;

    private async Task CheckAsync(ChunkHeader chunk, long offset, CancellationToken cancellationToken)
    {
        var total = Layout.ChunkHeaderLength + chunk.BodyLength;
        if (_bytes.Length < total)
        {
            _bytes = new byte[Math.Max(total, 2 * Layout.ChunkTarget)];
        }

        var bytes = _bytes.AsMemory(0, total);
        source.Position = offset;
        await source.ReadExactlyAsync(bytes, cancellationToken);
        CheckPlace(chunk);
        switch (chunk.Type)
        {
            case ChunkType.Events:
                _index.Add(IndexEntry.Of(chunk, offset));
                break;
            case ChunkType.Index:
                _indexOffset = offset;
                if (!bytes.Span[Layout.ChunkHeaderLength..].SequenceEqual(IndexEntry.ToBytes(_index)))
                {
                    Findings.Add(new Finding(chunk.Number, "The index does not match the chunks."));
                }

                break;
            default:
                _endLength = total;
                CheckEnd(bytes.Span, chunk.Number);
                break;
        }

        _previous = SHA256.HashData(bytes.Span);
        Head = new RecordingHead(chunk.Number, Base64Url.EncodeToString(_previous), offset + total);
        _reportedSeen |= Same(Head);
        (_expected, _end, _time) = (chunk.Number + 1, offset + total, Math.Max(_time, chunk.LastMicroseconds));
    }

    private void CheckPlace(ChunkHeader chunk)
    {
        if (chunk.Number != _expected)
        {
            Findings.Add(new Finding(_expected, chunk.Number > _expected ? $"Chunk {_expected} is missing: chunk {chunk.Number} stands in its place." : $"Chunk {chunk.Number} stands where chunk {_expected} should be."));
        }
        else if (!chunk.Previous.Span.SequenceEqual(_previous))
        {
            Findings.Add(chunk.Number == 0
                ? new Finding(0, "Chunk 0 does not belong to this header: the header was altered, or the chunk is another recording's.")
                : new Finding(chunk.Number - 1, $"Chunk {chunk.Number - 1} was altered, or chunk {chunk.Number} is another recording's: chunk {chunk.Number} does not continue it."));
        }

        if (chunk.FirstMicroseconds < _time)
        {
            Findings.Add(new Finding(chunk.Number, $"Chunk {chunk.Number} begins before the chunk before it ends."));
        }
    }

    private void CheckEnd(ReadOnlySpan<byte> chunk, long number)
    {
        if (gatewayKey is not null)
        {
            SignatureChecked = true;
            if (!EndRecord.Verify(chunk, gatewayKey))
            {
                Findings.Add(new Finding(number, "The signature is not the gateway's."));
            }
        }

        EndRecord end;
        try
        {
            end = EndRecord.Read(chunk[Layout.ChunkHeaderLength..]);
        }
        catch (RecordingException e)
        {
            Findings.Add(new Finding(number, e.Message));
            return;
        }

        if (end.Chunks != EventChunks || end.IndexOffset != _indexOffset)
        {
            Findings.Add(new Finding(number, $"The end speaks of {end.Chunks} chunks with their index at byte {end.IndexOffset}; there are {EventChunks}."));
        }

        if (end.GatewayKeyId != header.Recording.GatewayKeyId)
        {
            Findings.Add(new Finding(number, "The end is signed with another key than the header names."));
        }
    }

    // What follows the last whole chunk. A recording that was never sealed may end in a torn chunk, since its gateway was
    // lost while it wrote. A trailer says that it was sealed: then only whole chunks can be before it.
    private async Task CheckRestAsync(CancellationToken cancellationToken)
    {
        var rest = source.Length - _end;
        var trailer = new byte[Math.Min(rest, Layout.TrailerLength)];
        source.Position = source.Length - trailer.Length;
        await source.ReadExactlyAsync(trailer, cancellationToken);
        if (_endLength is { } endLength)
        {
            Sealed = rest == Layout.TrailerLength;
            if (rest > Layout.TrailerLength)
            {
                Findings.Add(new Finding(null, "Something was appended after the end."));
            }
            else if (!Trailer.ToBytes(endLength).AsSpan().StartsWith(trailer))
            {
                Findings.Add(new Finding(null, "The last bytes of the file were altered."));
            }
        }
        else if (trailer.Length == Layout.TrailerLength && Trailer.Read(trailer) is not null)
        {
            await FindDamageAsync(rest, cancellationToken);
        }
    }

    private async Task FindDamageAsync(long rest, CancellationToken cancellationToken)
    {
        if (rest == Layout.TrailerLength)
        {
            Findings.Add(new Finding(_expected, $"Chunk {_expected} is missing: the recording was sealed, and its end is gone."));
            return;
        }

        // The index tells whether the last chunk really ends here; if not, it is that one's length that was altered.
        var (chunks, end) = await ChunkTable.ReadAsync(source, start, cancellationToken);
        var misled = end is not null && _index.Count > 0 && !chunks.Any(entry => entry.Offset == _end) && end.IndexOffset != _end;
        Findings.Add(misled
            ? new Finding(_expected - 1, $"Chunk {_expected - 1} was altered: its head names a wrong length.")
            : new Finding(_expected, $"Chunk {_expected} was altered: byte {_end} begins no chunk, and {rest} bytes remain."));
    }
}
