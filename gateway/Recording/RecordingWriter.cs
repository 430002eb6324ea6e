using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Threading.Channels;
using Sallyport.Recording.Format;

namespace Sallyport.Recording;

/// <summary>
/// Writes one recording, append-only. Events are gathered into chunks; a chunk is compressed, sealed, chained and
/// written off the caller's path when it holds 256 KiB or is 0.6 s old. When the disk cannot keep up, or fails,
/// writers wait or get a <see cref="RecordingException"/>: nothing is dropped silently, and no event is taken while one that is
/// more than a second old is not in the file. So who passes on only what was taken, shows no more than a second that a kill can take.
/// </summary>
public sealed class RecordingWriter : IAsyncDisposable
{
    // Sealed chunks that may wait for the disk: 1 MiB, then writers wait.
    private const int MaxWaitingChunks = 4;

    private readonly ChunkFile _file;
    private readonly RecordingHeader _header;
    private readonly ECDsa _signingKey;
    private readonly TimeProvider _time;
    private readonly long _start;

    // Never disposed: who comes too late must get a RecordingException, not an ObjectDisposedException.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SemaphoreSlim _ending = new(1, 1);
    private readonly CancellationTokenSource _failed = new();
    private readonly Channel<PendingChunk> _pending = Channel.CreateBounded<PendingChunk>(MaxWaitingChunks);
    private readonly Queue<PendingChunk> _unwritten = new();
    private readonly ITimer _timer;
    private readonly Task _sealing;
    private Task _flushing = Task.CompletedTask;
    private PendingChunk _open = new();
    private volatile Exception? _failure;
    private long _unflushedSince = -1;
    private bool _closed;
    private bool _disposed;
    private RecordingHead? _sealed;

    private RecordingWriter(ChunkFile file, RecordingHeader header, ECDsa signingKey, TimeProvider time)
    {
        (_file, _header, _signingKey, _time) = (file, header, signingKey, time);
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(_ => _ = CloseOldChunkAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _sealing = Task.Run(SealChunksAsync);
    }

    /// <summary>The newest chunk that was written: safe from this process's death, not yet from the machine's.</summary>
    public RecordingHead Head => _file.Head;

    /// <summary>The newest chunk that the disk has confirmed; mostly at most about <see cref="Layout.FlushAge"/> behind <see cref="Head"/>.</summary>
    public RecordingHead Durable => _file.Durable;

    /// <summary>Cancelled when the recording can no longer be written: the session must end.</summary>
    public CancellationToken Failed => _failed.Token;

    /// <summary>Makes the file, which must not exist yet, and writes its header. No file is left when it throws.</summary>
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
        try
        {
            var bytes = FileHeader.Create(header, key, recipient);
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new RecordingWriter(await ChunkFile.CreateAsync(path, header.SessionId, bytes, key, cancellationToken), header, signingKey, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or FormatException or ArgumentException or NotSupportedException)
        {
            throw new RecordingException($"The recording cannot be begun: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Adds an event, now. Safe to call from several tasks; the order of calls is the order in the file.</summary>
    /// <exception cref="RecordingException">The recording has failed, or is closed, or takes no such event.</exception>
    public async ValueTask WriteAsync(RecordingEventKind kind, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (payload.Length > Layout.MaxPlainLength / 2)
        {
            throw new RecordingException($"An event of {payload.Length} bytes is too large for a recording.");
        }

        // Four bytes cannot be the secret that masking is to keep out, but for the shortest; see docs/recording-format.md.
        if (kind == RecordingEventKind.MaskedInput && payload.Length != sizeof(uint))
        {
            throw new RecordingException("Masked input is recorded as its length, four bytes, never as itself.");
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            ThrowIfFailed();
            ThrowIfClosed();
            if (_open.Count > 0 && (kind == RecordingEventKind.Snapshot || Age(_open) >= Layout.ChunkAge))
            {
                await HandOverAsync(cancellationToken);
            }

            await CatchUpAsync(cancellationToken);
            _open.Add(_time.GetElapsedTime(_start), kind, payload.Span);
            if (_open.Count == 1)
            {
                WakeAfter(Layout.ChunkAge);
            }

            if (_open.Length >= Layout.ChunkTarget)
            {
                // Not cancellable: the event is in, so the caller must not believe that it is not.
                await HandOverAsync(CancellationToken.None);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Writes what is left, the index, and the gateway's signature. The recording is complete after that; to seal it again
    /// changes nothing. Cancellation ends the waiting for other calls only: what was begun is finished.
    /// </summary>
    /// <exception cref="RecordingException">It could not be written, or was closed before; it stays readable as an interrupted one.</exception>
    public async Task<RecordingHead> SealAsync(string endReason, CancellationToken cancellationToken)
    {
        await _ending.WaitAsync(cancellationToken);
        try
        {
            if (_sealed is not null)
            {
                return _sealed;
            }

            ThrowIfFailed();
            ThrowIfClosed();
            await CloseAsync();
            ThrowIfFailed();
            try
            {
                await _file.CompleteAsync(endReason, _header.StartedAt + _time.GetElapsedTime(_start), _header.GatewayKeyId, _signingKey);
            }
            catch (Exception e)
            {
                Fail(e);
                throw new RecordingException($"The recording could not be completed: {e.Message}", e);
            }

            return _sealed = Head;
        }
        finally
        {
            _ending.Release();
        }
    }

    /// <summary>Writes what is left and closes the file, unsealed unless <see cref="SealAsync"/> was called; waits for that.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.WaitAsync(CancellationToken.None);
        try
        {
            if (!_disposed)
            {
                _disposed = true;
                await CloseAsync();
                await _file.DisposeAsync();
            }
        }
        finally
        {
            _ending.Release();
        }
    }

    // Under _ending. A failure on the way is in _failure, and no reason not to close the rest.
    private async Task CloseAsync()
    {
        if (_closed)
        {
            return;
        }

        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            _closed = true;
            await HandOverAsync(CancellationToken.None);
        }
        catch (RecordingException) when (_failure is not null)
        {
        }
        finally
        {
            _pending.Writer.TryComplete();
            _gate.Release();
        }

        await _timer.DisposeAsync();
        await _sealing;
    }

    // On the timer: a failure shows in Failed and at the next write, so it needs no other way out of here.
    private async Task CloseOldChunkAsync()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (_closed || _failure is not null)
            {
                return;
            }

            if (_open.Count > 0)
            {
                if (Age(_open) is var age && age < Layout.ChunkAge)
                {
                    WakeAfter(Layout.ChunkAge - age);
                    return;
                }

                await HandOverAsync(CancellationToken.None);
            }

            if (IsFlushDue())
            {
                // Nothing in it, only a reason for the sealing task to look.
                _pending.Writer.TryWrite(new PendingChunk());
            }

            if (_unwritten.Count > 0 || Interlocked.Read(ref _unflushedSince) >= 0)
            {
                WakeAfter(Layout.ChunkAge);
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

    private TimeSpan Age(PendingChunk chunk) => _time.GetElapsedTime(_start) - chunk.First;

    private void WakeAfter(TimeSpan time) => _timer.Change(time, Timeout.InfiniteTimeSpan);

    // Under _gate.
    private async ValueTask CatchUpAsync(CancellationToken cancellationToken)
    {
        while (_unwritten.TryPeek(out var oldest))
        {
            if (!oldest.Written.IsCompleted)
            {
                if (Age(oldest) < Layout.MaxUnwritten)
                {
                    return;
                }

                // After a failure it will never be written.
                await Task.WhenAny(oldest.Written, _sealing).WaitAsync(cancellationToken);
                ThrowIfFailed();
            }

            _unwritten.Dequeue();
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
            throw;
        }

        while (_unwritten.TryPeek(out var oldest) && oldest.Written.IsCompleted)
        {
            _unwritten.Dequeue();
        }

        _unwritten.Enqueue(_open);
        _open = new PendingChunk();
    }

    private async Task SealChunksAsync()
    {
        try
        {
            await foreach (var chunk in _pending.Reader.ReadAllAsync())
            {
                if (chunk.Count > 0)
                {
                    await _file.AppendEventsAsync(chunk);
                    chunk.SetWritten();
                    chunk.Dispose();
                    Interlocked.CompareExchange(ref _unflushedSince, _time.GetTimestamp(), -1);
                }

                if (IsFlushDue())
                {
                    // A disk that takes longer than that over it must not get further behind.
                    await _flushing;
                    Interlocked.Exchange(ref _unflushedSince, -1);
                    _flushing = Task.Run(Flush);
                }
            }

            await _flushing;
        }
        catch (Exception e)
        {
            // Whatever it is: writers wait for this task, and a session must not go on unrecorded.
            Fail(e);
        }
    }

    // Beside the sealing: while a slow disk confirms, chunks go on to the kernel, where this process's death leaves them.
    private void Flush()
    {
        try
        {
            _file.FlushToDisk();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private bool IsFlushDue() => Interlocked.Read(ref _unflushedSince) is >= 0 and var since && _time.GetElapsedTime(since) >= Layout.FlushAge;

    private void Fail(Exception e)
    {
        _failure = e;
        _pending.Writer.TryComplete();

        // Elsewhere: what the session does about it may well be to dispose this writer, which waits for who calls this.
        _ = _failed.CancelAsync();
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new RecordingException($"The recording can no longer be written: {failure.Message}", failure);
        }
    }

    private void ThrowIfClosed()
    {
        if (_closed)
        {
            throw new RecordingException("The recording is closed.");
        }
    }
}
