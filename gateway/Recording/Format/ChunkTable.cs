namespace Sallyport.Recording.Format;

/// <summary>Finds a file's chunks: by the index at its end, or, where there is none, by hopping from head to head.</summary>
internal static class ChunkTable
{
    public static async Task<(IReadOnlyList<IndexEntry> Chunks, EndRecord? End)> ReadAsync(Stream source, int start, CancellationToken cancellationToken)
    {
        if (await ReadIndexAsync(source, start, cancellationToken) is { } indexed)
        {
            return indexed;
        }

        var chunks = new List<IndexEntry>();
        await foreach (var (header, offset) in HeadersAsync(source, start, cancellationToken))
        {
            if (header.Type != ChunkType.Events || header.Number != chunks.Count || (chunks.Count > 0 && header.FirstMicroseconds < chunks[^1].LastMicroseconds))
            {
                break;
            }

            chunks.Add(IndexEntry.Of(header, offset));
        }

        return (chunks, null);
    }

    /// <summary>The heads of all whole chunks in a row; stops at the first that is torn or no chunk.</summary>
    public static async IAsyncEnumerable<(ChunkHeader Header, long Offset)> HeadersAsync(
        Stream source,
        long start,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var bytes = new byte[Layout.ChunkHeaderLength];
        var (offset, length) = (start, source.Length);
        while (offset + Layout.ChunkHeaderLength <= length)
        {
            source.Position = offset;
            if (await source.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken) < bytes.Length
                || !ChunkHeader.TryRead(bytes, out var header)
                || offset + Layout.ChunkHeaderLength + header.BodyLength > length)
            {
                yield break;
            }

            yield return (header, offset);
            offset += Layout.ChunkHeaderLength + header.BodyLength;
        }
    }

    // Null when the file has no end, or one that does not fit the file: then the chunks themselves are believed.
    private static async Task<(IReadOnlyList<IndexEntry>, EndRecord?)?> ReadIndexAsync(Stream source, int start, CancellationToken cancellationToken)
    {
        var length = source.Length;
        if (length < start + Layout.TrailerLength)
        {
            return null;
        }

        var trailer = await ReadAsync(source, length - Layout.TrailerLength, Layout.TrailerLength, cancellationToken);
        if (Trailer.Read(trailer) is not { } endLength || length - Layout.TrailerLength - endLength is var endOffset && endOffset < start)
        {
            return null;
        }

        var endChunk = await ReadAsync(source, length - Layout.TrailerLength - endLength, endLength, cancellationToken);
        if (!ChunkHeader.TryRead(endChunk, out var endHeader) || endHeader.Type != ChunkType.End || endHeader.BodyLength != endLength - Layout.ChunkHeaderLength)
        {
            return null;
        }

        EndRecord end;
        try
        {
            end = EndRecord.Read(endChunk.AsSpan(Layout.ChunkHeaderLength));
        }
        catch (RecordingException)
        {
            return null;
        }

        endOffset = length - Layout.TrailerLength - endLength;
        if (end.IndexOffset < start || end.IndexOffset > endOffset - Layout.ChunkHeaderLength)
        {
            return null;
        }

        var indexHead = await ReadAsync(source, end.IndexOffset, Layout.ChunkHeaderLength, cancellationToken);
        if (!ChunkHeader.TryRead(indexHead, out var indexHeader)
            || indexHeader.Type != ChunkType.Index
            || indexHeader.Number != end.Chunks
            || end.IndexOffset + Layout.ChunkHeaderLength + indexHeader.BodyLength != endOffset)
        {
            return null;
        }

        var body = await ReadAsync(source, end.IndexOffset + Layout.ChunkHeaderLength, indexHeader.BodyLength, cancellationToken);
        var chunks = new IndexEntry[end.Chunks];
        long offset = start, time = 0;
        for (var i = 0; i < chunks.Length; i++)
        {
            chunks[i] = IndexEntry.Read(body.AsSpan(i * Layout.IndexEntryLength));
            var entry = chunks[i];
            if (entry.Offset != offset
                || entry.BodyLength is < Layout.TagLength or > Layout.MaxSealedLength
                || entry.FirstMicroseconds < time
                || entry.LastMicroseconds < entry.FirstMicroseconds
                || entry.LastMicroseconds > Layout.MaxMicroseconds)
            {
                return null;
            }

            offset += Layout.ChunkHeaderLength + entry.BodyLength;
            time = entry.LastMicroseconds;
        }

        return offset == end.IndexOffset ? (chunks, end) : null;
    }

    private static async Task<byte[]> ReadAsync(Stream source, long offset, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        source.Position = offset;
        await source.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
