using System.Buffers;
using System.Buffers.Text;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Threading.Channels;
using Sallyport.Recording.Format;

namespace Sallyport.Recording;

/// <summary>
/// Writes one recording, append-only. Events are gathered into chunks; a chunk is compressed, sealed, chained and
/// written off the caller's path when it holds 256 KiB or is a second old. When the disk cannot keep up, or fails,
/// writers wait or get a <see cref="RecordingException"/>: nothing is dropped silently.
/// </summary>
public sealed class RecordingWriter : IAsyncDisposable
{
    // Sealed chunks that may wait for the disk: 1 MiB, then writers wait.
    private const int MaxWaitingChunks = 4;

    private readonly FileStream _file;
    private readonly RecordingHeader _header;
    private readonly ECDsa _signingKey;
    private readonly TimeProvider _time;
    private readonly AesGcm _aes;
    private readonly byte[] _authenticated;
    private readonly long _start;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Channel<PendingChunk> _pending = Channel.CreateBounded<PendingChunk>(MaxWaitingChunks);
    private readonly CancellationTokenSource _failed = new();
    private readonly ITimer _timer;
    private readonly Task _sealing;
    private readonly List<IndexEntry> _index = [];
    private PendingChunk _open = new();
    private Exception? _failure;
    private RecordingHead _head;
    private byte[] _previous;
    private long _length;
    private bool _closed;

    private RecordingWriter(FileStream file, RecordingHeader header, byte[] headerBytes, byte[] key, ECDsa signingKey, TimeProvider time)
    {
        (_file, _header, _signingKey, _time) = (file, header, signingKey, time);
        _aes = new AesGcm(key, Layout.TagLength);
        _authenticated = new byte[Layout.ChunkHeaderLength + 16];
        header.SessionId.TryWriteBytes(_authenticated.AsSpan(Layout.ChunkHeaderLength), bigEndian: true, out _);
        _previous = SHA256.HashData(headerBytes);
        _length = headerBytes.Length;
        _head = new RecordingHead(-1, Base64Url.EncodeToString(_previous), _length);
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(_ => _ = CloseOldChunkAsync(), null, Layout.ChunkAge / 4, Layout.ChunkAge / 4);
        _sealing = Task.Run(SealChunksAsync);
    }

    /// <summary>The newest chunk that was written.</summary>
    public RecordingHead Head => Volatile.Read(ref _head);

    /// <summary>Cancelled when the recording can no longer be written: the session must end.</summary>
    public CancellationToken Failed => _failed.Token;

    /// <summary>Makes the file, which must not exist yet, and writes its header.</summary>
    /// <exception cref="RecordingException">It cannot be made.</exception>
    public static async Task<RecordingWriter> CreateAsync(
        string path,
        RecordingHeader header,
        RecordingRecipient recipient,
        ECDsa signingKey,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        FileStream? file = null;
        try
        {
            var bytes = new FileHeader(header, WrappedKey.Wrap(key, recipient, header.SessionId)).ToBytes();
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
            });
            await file.WriteAsync(bytes, cancellationToken);
            file.Flush(flushToDisk: true);
            return new RecordingWriter(file, header, bytes, key, signingKey, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or FormatException)
        {
            if (file is not null)
            {
                await file.DisposeAsync();
            }

            throw new RecordingException($"The recording cannot be begun: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Adds an event, now. Safe to call from several tasks; the order of calls is the order in the file.</summary>
    /// <exception cref="RecordingException">The recording has failed, or is closed.</exception>
    public async ValueTask WriteAsync(RecordingEventKind kind, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (payload.Length > Layout.MaxPlainLength / 2)
        {
            throw new RecordingException($"An event of {payload.Length} bytes is too large for a recording.");
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            ThrowIfFailed();
            ObjectDisposedException.ThrowIf(_closed, this);
            if (kind == RecordingEventKind.Snapshot)
            {
                await HandOverAsync(cancellationToken);
            }

            _open.Add(_time.GetElapsedTime(_start), kind, payload.Span);
            if (_open.Length >= Layout.ChunkTarget)
            {
                await HandOverAsync(cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Writes what is left, the index, and the gateway's signature. The recording is complete after that.</summary>
    /// <exception cref="RecordingException">It could not be written; it stays readable as an interrupted one.</exception>
    public async Task<RecordingHead> SealAsync(string endReason, CancellationToken cancellationToken)
    {
        await CloseAsync();
        ThrowIfFailed();
        try
        {
            var indexOffset = _length;
            var index = IndexEntry.ToBytes(_index);
            var last = _index.Count == 0 ? 0 : _index[^1].LastMicroseconds;
            await AppendAsync(NewHeader(ChunkType.Index, ChunkFlags.None, last, last, 0, index.Length, index.Length), index, cancellationToken);
            var end = new EndRecord(endReason, _header.StartedAt + _time.GetElapsedTime(_start), _index.Count, indexOffset, _header.GatewayKeyId);
            var json = end.ToJson();
            var bodyLength = json.Length + Layout.SignatureLength;
            var header = NewHeader(ChunkType.End, ChunkFlags.None, last, last, 0, bodyLength, bodyLength);
            var headerBytes = new byte[Layout.ChunkHeaderLength];
            header.Write(headerBytes);
            var endOffset = _length;
            await AppendAsync(header, (byte[])[.. json, .. EndRecord.Sign(headerBytes, json, _signingKey)], cancellationToken);
            await _file.WriteAsync(Trailer.ToBytes((int)(_length - endOffset)), cancellationToken);
            _file.Flush(flushToDisk: true);
            return Head;
        }
        catch (IOException e)
        {
            Fail(e);
            throw new RecordingException($"The recording could not be completed: {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _file.DisposeAsync();
        _aes.Dispose();
        _failed.Dispose();
        _gate.Dispose();
    }

    private async Task CloseAsync()
    {
        if (_closed)
        {
            return;
        }

        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            if (_failure is null)
            {
                await HandOverAsync(CancellationToken.None);
            }

            _pending.Writer.TryComplete();
        }
        finally
        {
            _gate.Release();
        }

        await _timer.DisposeAsync();
        await _sealing;
    }

    // On the timer: a failure shows in Failed and at the next write, so it needs no other way out of here.
    private async Task CloseOldChunkAsync()
    {
        try
        {
            if (!await _gate.WaitAsync(0))
            {
                return;
            }
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        try
        {
            if (!_closed && _failure is null && _open.Count > 0 && _time.GetElapsedTime(_start) - _open.First >= Layout.ChunkAge * 0.75)
            {
                await HandOverAsync(CancellationToken.None);
            }
        }
        catch (RecordingException) when (_failure is not null)
        {
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask HandOverAsync(CancellationToken cancellationToken)
    {
        if (_open.Count == 0)
        {
            return;
        }

        // TryComplete by a failure makes this throw; the failure itself is what the caller should see.
        try
        {
            await _pending.Writer.WriteAsync(_open, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            ThrowIfFailed();
        }

        _open = new PendingChunk();
    }

    private async Task SealChunksAsync()
    {
        await foreach (var chunk in _pending.Reader.ReadAllAsync())
        {
            if (_failure is not null)
            {
                continue;
            }

            try
            {
                await SealAsync(chunk);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                Fail(e);
            }
        }
    }

    private async Task SealAsync(PendingChunk chunk)
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
            var header = NewHeader(ChunkType.Events, flags, (long)chunk.First.TotalMicroseconds, (long)chunk.Last.TotalMicroseconds, chunk.Count, plain.Length, bodyLength)
                with
            { OutputBytes = chunk.OutputBytes, InputBytes = chunk.InputBytes };
            header.Write(_authenticated);
            _aes.Encrypt(Nonce.Of(header.Number), content.Span, body.AsSpan(0, content.Length), body.AsSpan(content.Length, Layout.TagLength), _authenticated);
            _index.Add(IndexEntry.Of(header, _length));
            await AppendAsync(header, body.AsMemory(0, bodyLength), CancellationToken.None);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
            ArrayPool<byte>.Shared.Return(body, clearArray: true);
        }
    }

    private ChunkHeader NewHeader(ChunkType type, ChunkFlags flags, long first, long last, int events, int plainLength, int bodyLength) =>
        new(type, flags, Head.Chunk + 1, first, last, events, plainLength, bodyLength, 0, 0, _previous);

    private async Task AppendAsync(ChunkHeader header, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var total = Layout.ChunkHeaderLength + body.Length;
        var bytes = ArrayPool<byte>.Shared.Rent(total);
        try
        {
            header.Write(bytes);
            body.CopyTo(bytes.AsMemory(Layout.ChunkHeaderLength));
            await _file.WriteAsync(bytes.AsMemory(0, total), cancellationToken);
            _previous = SHA256.HashData(bytes.AsSpan(0, total));
            _length += total;
            Volatile.Write(ref _head, new RecordingHead(header.Number, Base64Url.EncodeToString(_previous), _length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Fail(Exception e)
    {
        _failure = e;
        _pending.Writer.TryComplete();
        _failed.Cancel();
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new RecordingException($"The recording can no longer be written: {failure.Message}", failure);
        }
    }
}
