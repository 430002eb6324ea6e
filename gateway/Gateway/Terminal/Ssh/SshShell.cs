using System.Collections.Concurrent;
using System.IO.Pipelines;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Terminal.Ssh;

/// <summary>
/// A shell on an asset. Output is a pipe: when its reader does not keep up, the thread stops reading from the asset,
/// and SSH's own window makes the asset wait. Input is a bounded queue the other way.
/// </summary>
public sealed class SshShell : IDisposable
{
    private const int MinRead = 4 * 1024;
    private const int MaxBatch = 64 * 1024;

    /// <summary>More than this since the asset last paused is not somebody's typing.</summary>
    private const int Bulk = 64 * 1024;
    private const int BulkNapMilliseconds = 1;
    private const int MaxQueuedInput = 1024 * 1024;
    private const int MaxWrite = 32 * 1024;

    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(10);

    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 512 * 1024, resumeWriterThreshold: 256 * 1024, minimumSegmentSize: 16 * 1024, useSynchronizationContext: false));
    private readonly ConcurrentQueue<ReadOnlyMemory<byte>> _input = new();
    private readonly SafeFileDescriptor _wake = LibC.NewEvent();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _inputRoom = new(MaxQueuedInput / MaxWrite, MaxQueuedInput / MaxWrite);
    private readonly CancellationTokenSource _inputClosed = new();
    private long _size;
    private volatile bool _resized;
    private volatile bool _closing;

    private SshShell(int columns, int rows) => _size = Pack(columns, rows);

    /// <summary>What the asset prints; completes with the shell's end, or with an <see cref="AssetFailureException"/>.</summary>
    public PipeReader Output => _output.Reader;

    /// <exception cref="AssetFailureException">The asset cannot be reached, is not the one it was, or refuses the credential.</exception>
    public static async Task<SshShell> OpenAsync(string address, int port, AssetCredential credential, string pinnedHostKey, int columns, int rows, CancellationToken cancellationToken)
    {
        var shell = new SshShell(columns, rows);
        SshThread.Start($"ssh {address}", () => shell.Run(address, port, credential, pinnedHostKey));
        try
        {
            await shell._opened.Task.WaitAsync(cancellationToken);
            return shell;
        }
        catch
        {
            shell.Dispose();
            throw;
        }
    }

    /// <summary>Waits while too much is queued already.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _inputClosed.Token);
        for (var rest = input; !rest.IsEmpty;)
        {
            await _inputRoom.WaitAsync(either.Token);
            var part = rest[..Math.Min(rest.Length, MaxWrite)];
            _input.Enqueue(part);
            rest = rest[part.Length..];
        }

        Wake();
    }

    public void Resize(int columns, int rows)
    {
        Volatile.Write(ref _size, Pack(columns, rows));
        _resized = true;
        Wake();
    }

    public void Dispose()
    {
        _closing = true;
        _output.Reader.CancelPendingRead();
        Wake();
    }

    private static long Pack(int columns, int rows) => ((long)columns << 32) | (uint)rows;

    private void Wake()
    {
        if (!_wake.IsClosed)
        {
            try
            {
                LibC.Write(_wake, 1, sizeof(ulong));
            }
            catch (ObjectDisposedException)
            {
                // The thread has just ended; there is nobody to wake.
            }
        }
    }

    private void Run(string address, int port, AssetCredential credential, string pinnedHostKey)
    {
        try
        {
            using var session = SshConnection.Open(address, port, credential, pinnedHostKey);
            var channel = OpenShell(session);
            _opened.SetResult();
            Relay(session, channel);
            LibSsh.ChannelFree(channel);
            LibSsh.Disconnect(session);
            _output.Writer.Complete();
        }
        catch (AssetFailureException e)
        {
            _opened.TrySetException(e);
            _output.Writer.Complete(e);
        }
        finally
        {
            _inputClosed.Cancel();
            _wake.Dispose();
        }
    }

    private nint OpenShell(SshSessionHandle session)
    {
        LibSsh.SetBlocking(session, 0);
        var channel = LibSsh.ChannelNew(session);
        var size = Volatile.Read(ref _size);
        if (channel == 0
            || !Granted(session, () => LibSsh.ChannelOpen(channel))
            || !Granted(session, () => LibSsh.ChannelRequestPty(channel, "xterm-256color", (int)(size >> 32), (int)size))
            || !Granted(session, () => LibSsh.ChannelRequestShell(channel)))
        {
            throw new AssetFailureException(SessionEndReason.AssetLost, $"The asset gave no terminal: {LibSsh.ErrorText(session)}");
        }

        return channel;
    }

    // Not by libssh's own waiting, which leaves what the asset says unacknowledged for 40 ms: an sshd says two things after
    // the sign-in, and sends the second only when the first was acknowledged (Nagle, RFC 896).
    private bool Granted(SshSessionHandle session, Func<int> request)
    {
        Span<PollFd> polled = stackalloc PollFd[2];
        var started = TimeProvider.System.GetTimestamp();
        int result;
        while ((result = request()) == LibSsh.Again && !_closing && TimeProvider.System.GetElapsedTime(started) < OpenTimeout)
        {
            LibC.AcknowledgeNow(LibSsh.GetFd(session));
            polled[0] = new PollFd { Descriptor = LibSsh.GetFd(session), Events = LibC.In };
            Sleep(polled, 1000);
        }

        return result == LibSsh.Ok;
    }

    private void Relay(SshSessionHandle session, nint channel)
    {
        Span<PollFd> polled = stackalloc PollFd[2];
        ReadOnlyMemory<byte> pending = default;
        Task<FlushResult>? paused = null;
        var flowing = 0L;
        while (!_closing)
        {
            if (_resized)
            {
                _resized = false;
                var size = Volatile.Read(ref _size);
                _ = LibSsh.ChannelResize(channel, (int)(size >> 32), (int)size);
            }

            pending = WriteInput(session, channel, pending);

            if (paused is { IsCompleted: true })
            {
                paused = null;
            }

            if (paused is null)
            {
                var read = ReadOutput(session, channel, out paused);
                if (read == LibSsh.Eof)
                {
                    return;
                }

                flowing = read == 0 ? 0 : flowing + read;
                if (read > 0 && paused is null)
                {
                    if (flowing > Bulk && read < MaxBatch && pending.IsEmpty)
                    {
                        // What prints without a pause is left to pile up in the socket for a moment instead of waking
                        // everybody for each packet. Input still wakes this at once.
                        Sleep(polled[1..], BulkNapMilliseconds);
                    }

                    continue;
                }
            }

            polled[0] = new PollFd { Descriptor = LibSsh.GetFd(session), Events = (short)((paused is null ? LibC.In : 0) | (pending.IsEmpty ? 0 : LibC.Out)) };
            Sleep(polled, pending.IsEmpty ? 1000 : 20);
        }
    }

    // Until one of these can be read or written; the last of them is what wakes this thread.
    private void Sleep(Span<PollFd> polled, int timeoutMilliseconds)
    {
        polled[^1] = new PollFd { Descriptor = _wake.Number, Events = LibC.In };
        LibC.Poll(polled, (nuint)polled.Length, timeoutMilliseconds);
        if ((polled[^1].Returned & LibC.In) != 0)
        {
            LibC.Read(_wake, out _, sizeof(ulong));
        }
    }

    private ReadOnlyMemory<byte> WriteInput(SshSessionHandle session, nint channel, ReadOnlyMemory<byte> pending)
    {
        while (true)
        {
            if (pending.IsEmpty)
            {
                if (!_input.TryDequeue(out pending))
                {
                    return default;
                }

                _inputRoom.Release();
            }

            var written = LibSsh.ChannelWrite(channel, pending.Span, (uint)pending.Length);
            if (written < 0 && written != LibSsh.Again)
            {
                throw new AssetFailureException(SessionEndReason.AssetLost, $"The asset's connection was lost: {LibSsh.ErrorText(session)}");
            }

            if (written <= 0)
            {
                return pending;
            }

            pending = pending[written..];
        }
    }

    // Bytes read; 0: nothing now; Eof: the shell is over.
    private int ReadOutput(SshSessionHandle session, nint channel, out Task<FlushResult>? paused)
    {
        // Asset and libssh hand over a few KiB at a time; the reader is woken once for all that is there.
        paused = null;
        var (batch, read) = (0, 0);
        while (batch < MaxBatch)
        {
            var span = _output.Writer.GetSpan(MinRead);
            read = LibSsh.ChannelRead(channel, span, (uint)span.Length, 0);
            if (read <= 0)
            {
                break;
            }

            _output.Writer.Advance(read);
            batch += read;
        }

        if (batch > 0)
        {
            paused = _output.Writer.FlushAsync().AsTask();
            if (paused.IsCompleted)
            {
                paused = null;
            }
            else
            {
                paused.GetAwaiter().OnCompleted(Wake);
            }

            return batch;
        }

        if (read == LibSsh.Eof || LibSsh.ChannelIsEof(channel) != 0 || LibSsh.ChannelIsClosed(channel) != 0)
        {
            return LibSsh.Eof;
        }

        return read is 0 or LibSsh.Again
            ? 0
            : throw new AssetFailureException(SessionEndReason.AssetLost, $"The asset's connection was lost: {LibSsh.ErrorText(session)}");
    }
}
