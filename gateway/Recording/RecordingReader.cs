using System.Buffers;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Sallyport.Recording.Format;

namespace Sallyport.Recording;

public enum RecordingCompleteness
{
    /// <summary>Has its index, its end and a signature; whether they are true is for <see cref="RecordingVerifier"/> to say.</summary>
    Sealed,

    /// <summary>Ends without: still being written, or its gateway was lost. Readable up to its last whole chunk.</summary>
    Interrupted,
}

/// <summary>
/// Reads a recording from any seekable stream. Opening reads the header and the index (or, where there is none, the
/// 84-byte head of each chunk); playing from a moment reads only the chunks from there on. Believes no length that a
/// file names beyond the limits of <see cref="Layout"/>.
/// </summary>
public sealed class RecordingReader : IDisposable
{
    private readonly Stream _source;
    private readonly AesGcm? _aes;
    private readonly byte[] _authenticated;
    private readonly IReadOnlyList<IndexEntry> _chunks;

    private RecordingReader(Stream source, FileHeader header, byte[]? key, RecordingCompleteness completeness, IReadOnlyList<IndexEntry> chunks, EndRecord? end)
    {
        _source = source;
        _chunks = chunks;
        _authenticated = new byte[Layout.ChunkHeaderLength + 16];
        header.Recording.SessionId.TryWriteBytes(_authenticated.AsSpan(Layout.ChunkHeaderLength), bigEndian: true, out _);
        _aes = key is null ? null : new AesGcm(key, Layout.TagLength);
        (Header, Completeness, End) = (header.Recording, completeness, end);
    }

    /// <summary>Proved to belong to the events only where a key was given to open it; else <see cref="RecordingVerifier"/> must say so.</summary>
    public RecordingHeader Header { get; }

    public RecordingCompleteness Completeness { get; }

    /// <summary>How it ended; null when it is interrupted.</summary>
    public EndRecord? End { get; }

    /// <summary>From the start to the last event that can be read.</summary>
    public TimeSpan Duration => _chunks.Count == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(_chunks[^1].LastMicroseconds);

    /// <summary>What each chunk spans and how much went over the line in it, in order.</summary>
    public IReadOnlyList<IndexEntry> Chunks => _chunks;

    /// <param name="keyEncryptionKey">The private half of the recipient's key; null to see all but the events.</param>
    /// <exception cref="RecordingException">Not a recording, or of an unknown version, or for another key.</exception>
    public static async Task<RecordingReader> OpenAsync(Stream source, ECDiffieHellman? keyEncryptionKey, CancellationToken cancellationToken)
    {
        var (header, length, _) = await FileHeader.ReadAsync(source, cancellationToken);
        var key = keyEncryptionKey is null ? null : header.UnwrapKey(keyEncryptionKey);
        var (chunks, end) = await ChunkTable.ReadAsync(source, length, cancellationToken);
        return new RecordingReader(source, header, key, end is null ? RecordingCompleteness.Interrupted : RecordingCompleteness.Sealed, chunks, end);
    }

    /// <summary>Every event from <paramref name="from"/> on.</summary>
    public IAsyncEnumerable<RecordingEvent> ReadAsync(TimeSpan from, CancellationToken cancellationToken) =>
        ReadChunksAsync(FirstChunkAt(from), from, cancellationToken);

    /// <summary>
    /// Events from the last snapshot at or before <paramref name="at"/> on, or from the start where there is none:
    /// what a terminal needs to show the moment <paramref name="at"/>.
    /// </summary>
    public IAsyncEnumerable<RecordingEvent> ReadFromSnapshotAsync(TimeSpan at, CancellationToken cancellationToken)
    {
        var chunk = FirstChunkAt(at);
        if (chunk == _chunks.Count || _chunks[chunk].FirstMicroseconds > at.TotalMicroseconds)
        {
            chunk--;
        }

        while (chunk > 0 && !_chunks[chunk].Flags.HasFlag(ChunkFlags.BeginsWithSnapshot))
        {
            chunk--;
        }

        return ReadChunksAsync(Math.Max(chunk, 0), TimeSpan.Zero, cancellationToken);
    }

    /// <summary>Opens one chunk.</summary>
    /// <exception cref="RecordingException">It was altered, swapped, or belongs to another recording; the message names it.</exception>
    public async Task<IReadOnlyList<RecordingEvent>> ReadChunkAsync(int number, CancellationToken cancellationToken)
    {
        if (_aes is null)
        {
            throw new RecordingException("The recording was opened without its key.");
        }

        var entry = _chunks[number];
        var stored = ArrayPool<byte>.Shared.Rent(Layout.ChunkHeaderLength + entry.BodyLength);
        try
        {
            var bytes = stored.AsMemory(0, Layout.ChunkHeaderLength + entry.BodyLength);
            _source.Position = entry.Offset;
            if (await _source.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken) < bytes.Length
                || !ChunkHeader.TryRead(bytes.Span, out var header)
                || header.Type != ChunkType.Events
                || header.Number != number
                || IndexEntry.Of(header, entry.Offset) != entry)
            {
                throw new RecordingException($"Chunk {number} is not where, or not what, the index says.");
            }

            return Events(header, Open(header, bytes.Span));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    public void Dispose() => _aes?.Dispose();

    private async IAsyncEnumerable<RecordingEvent> ReadChunksAsync(int first, TimeSpan from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var number = first; number < _chunks.Count; number++)
        {
            foreach (var entry in await ReadChunkAsync(number, cancellationToken))
            {
                if (entry.At >= from)
                {
                    yield return entry;
                }
            }
        }
    }

    // The first chunk whose last event is not before that moment.
    private int FirstChunkAt(TimeSpan at)
    {
        var (low, high) = (0, _chunks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _chunks[middle].LastMicroseconds < at.TotalMicroseconds ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private byte[] Open(ChunkHeader header, ReadOnlySpan<byte> stored)
    {
        stored[..Layout.ChunkHeaderLength].CopyTo(_authenticated);
        var body = stored[Layout.ChunkHeaderLength..];
        var content = new byte[body.Length - Layout.TagLength];
        try
        {
            _aes!.Decrypt(Nonce.Of(header.Number), body[..^Layout.TagLength], body[^Layout.TagLength..], content, _authenticated);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new RecordingException($"Chunk {header.Number} was altered or belongs to another recording.", e);
        }

        if (!header.Flags.HasFlag(ChunkFlags.Compressed))
        {
            return content.Length == header.PlainLength ? content : throw new RecordingException($"Chunk {header.Number} has another length than it says.");
        }

        var plain = new byte[header.PlainLength];
        return BrotliDecoder.TryDecompress(content, plain, out var written) && written == plain.Length
            ? plain
            : throw new RecordingException($"Chunk {header.Number} cannot be decompressed to the length it says.");
    }

    private static List<RecordingEvent> Events(ChunkHeader header, byte[] plain)
    {
        var events = new List<RecordingEvent>(Math.Min(header.EventCount, plain.Length));
        ReadOnlyMemory<byte> rest = plain;
        var at = header.FirstMicroseconds;
        while (EventCodec.Read(ref rest, ref at) is { } entry)
        {
            events.Add(entry);
        }

        if (at != header.LastMicroseconds)
        {
            throw new RecordingException($"Chunk {header.Number} ends at another time than it says.");
        }

        return events.Count == header.EventCount ? events : throw new RecordingException($"Chunk {header.Number} holds another number of events than it says.");
    }
}
