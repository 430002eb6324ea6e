using System.Buffers;
using System.Buffers.Text;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Sallyport.Recording.Format;

/// <summary>
/// The file of a recording that is being written: compresses, seals, chains and appends chunks. For one task at a time, and
/// <see cref="FlushToDisk"/> for one other; after an exception the file is at an unknown place, and nothing more may be appended.
/// </summary>
internal sealed class ChunkFile : IAsyncDisposable
{
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private readonly AesGcm _aes;
    private readonly byte[] _authenticated;
    private readonly List<IndexEntry> _index = [];
    private RecordingHead _head;
    private RecordingHead _durable;
    private byte[] _previous;
    private long _length;

    private ChunkFile(FileStream file, Guid sessionId, byte[] headerBytes, byte[] key)
    {
        (_file, _handle) = (file, file.SafeFileHandle);
        _aes = new AesGcm(key, Layout.TagLength);
        _authenticated = new byte[Layout.ChunkHeaderLength + 16];
        sessionId.TryWriteBytes(_authenticated.AsSpan(Layout.ChunkHeaderLength), bigEndian: true, out _);
        _previous = SHA256.HashData(headerBytes);
        _length = headerBytes.Length;
        _head = _durable = new RecordingHead(-1, Base64Url.EncodeToString(_previous), _length);
    }

    public RecordingHead Head => Volatile.Read(ref _head);

    /// <summary>The head when the disk last confirmed that it has all of it.</summary>
    public RecordingHead Durable => Volatile.Read(ref _durable);

    /// <summary>Makes the file and writes its header through to the disk; on any failure no file is left.</summary>
    public static async Task<ChunkFile> CreateAsync(string path, Guid sessionId, byte[] header, byte[] key, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
        });
        try
        {
            await file.WriteAsync(header, cancellationToken);
            file.Flush(flushToDisk: true);
            cancellationToken.ThrowIfCancellationRequested();
            return new ChunkFile(file, sessionId, header, key);
        }
        catch
        {
            await file.DisposeAsync();
            File.Delete(path);
            throw;
        }
    }

    public async Task AppendEventsAsync(PendingChunk chunk)
    {
        var plain = chunk.Bytes;
        var compressed = ArrayPool<byte>.Shared.Rent(plain.Length);
        var body = ArrayPool<byte>.Shared.Rent(plain.Length + Layout.TagLength);
        try
        {
            var flags = chunk.BeginsWithSnapshot ? ChunkFlags.BeginsWithSnapshot : ChunkFlags.None;
            var content = plain;
            if (BrotliEncoder.TryCompress(plain.Span, compressed, out var written, quality: 1, window: 18) && written < plain.Length)
            {
                content = compressed.AsMemory(0, written);
                flags |= ChunkFlags.Compressed;
            }

            var bodyLength = content.Length + Layout.TagLength;
            var header = NewHeader(ChunkType.Events, flags, chunk.FirstMicroseconds, chunk.LastMicroseconds, chunk.Count, plain.Length, bodyLength);
            header = header with { OutputBytes = chunk.OutputBytes, InputBytes = chunk.InputBytes };
            header.Write(_authenticated);
            _aes.Encrypt(Nonce.Of(header.Number), content.Span, body.AsSpan(0, content.Length), body.AsSpan(content.Length, Layout.TagLength), _authenticated);
            var entry = IndexEntry.Of(header, _length);
            await AppendAsync(header, body.AsMemory(0, bodyLength));
            _index.Add(entry);
        }
        finally
        {
            // The compressed text is as secret as the text.
            ArrayPool<byte>.Shared.Return(compressed, clearArray: true);
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    /// <summary>Writes the index, the signed end and the trailer, and through to the disk.</summary>
    public async Task CompleteAsync(string reason, DateTimeOffset endedAt, string gatewayKeyId, ECDsa signingKey)
    {
        var indexOffset = _length;
        var index = IndexEntry.ToBytes(_index);
        var last = _index.Count == 0 ? 0 : _index[^1].LastMicroseconds;
        await AppendAsync(NewHeader(ChunkType.Index, ChunkFlags.None, last, last, 0, index.Length, index.Length), index);
        var json = new EndRecord(reason, endedAt, _index.Count, indexOffset, gatewayKeyId).ToJson();
        var bodyLength = json.Length + Layout.SignatureLength;
        var header = NewHeader(ChunkType.End, ChunkFlags.None, last, last, 0, bodyLength, bodyLength);
        var headerBytes = new byte[Layout.ChunkHeaderLength];
        header.Write(headerBytes);
        await AppendAsync(header, (byte[])[.. json, .. EndRecord.Sign(headerBytes, json, signingKey)]);
        await _file.WriteAsync(Trailer.ToBytes(Layout.ChunkHeaderLength + bodyLength));
        FlushToDisk();
    }

    /// <summary>Waits until the disk has all that was appended before (fsync). More may be appended meanwhile.</summary>
    public void FlushToDisk()
    {
        var head = Head;
        RandomAccess.FlushToDisk(_handle);
        Volatile.Write(ref _durable, head);
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _aes.Dispose();
    }

    private ChunkHeader NewHeader(ChunkType type, ChunkFlags flags, long first, long last, int events, int plainLength, int bodyLength) =>
        new(type, flags, Head.Chunk + 1, first, last, events, plainLength, bodyLength, 0, 0, _previous);

    private async Task AppendAsync(ChunkHeader header, ReadOnlyMemory<byte> body)
    {
        // What no reader would accept must not be written as if it were a recording.
        if (!header.IsPlausible)
        {
            throw new RecordingException($"The recording is beyond the limits of its format: chunk {header.Number} at {TimeSpan.FromMicroseconds(header.LastMicroseconds):g}.");
        }

        var total = Layout.ChunkHeaderLength + body.Length;
        var bytes = ArrayPool<byte>.Shared.Rent(total);
        try
        {
            header.Write(bytes);
            body.CopyTo(bytes.AsMemory(Layout.ChunkHeaderLength));
            await _file.WriteAsync(bytes.AsMemory(0, total));
            _previous = SHA256.HashData(bytes.AsSpan(0, total));
            _length += total;
            Volatile.Write(ref _head, new RecordingHead(header.Number, Base64Url.EncodeToString(_previous), _length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
