using System.IO.Pipelines;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Screen;

/// <summary>
/// One browser's RFB stream within its WebSocket: what the viewer's code writes waits until the socket has taken it, so that a
/// slow link holds back its own viewer and nobody else.
/// </summary>
internal sealed class ViewerChannel : Stream, IBrowserStream
{
    private readonly Pipe _received = new(new PipeOptions(pauseWriterThreshold: 128 * 1024, resumeWriterThreshold: 32 * 1024));
    private readonly Lock _lock = new();
    private byte[] _message = [];
    private ReadOnlyMemory<byte> _waiting;
    private TaskCompletionSource? _written;
    private TaskCompletionSource? _handedOut;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Bytes from the browser.</summary>
    public async ValueTask DeliverAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _received.Writer.WriteAsync(bytes, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            // The session has ended. What the browser still says is of no use, and it has yet to be told.
        }
    }

    public ReadOnlyMemory<byte> Next()
    {
        lock (_lock)
        {
            // Asked again: what was handed out before is sent.
            _handedOut?.TrySetResult();
            _handedOut = null;
            if (_written is null)
            {
                _more = _more.Task.IsCompleted && !_closed ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : _more;
                return default;
            }

            if (_message.Length < _waiting.Length + 1)
            {
                _message = new byte[_waiting.Length + 1];
                _message[0] = ScreenMessages.Rfb;
            }

            _waiting.CopyTo(_message.AsMemory(1));
            var message = _message.AsMemory(0, _waiting.Length + 1);
            (_handedOut, _written, _waiting) = (_written, null, default);
            return message;
        }
    }

    public Task MoreAsync()
    {
        lock (_lock)
        {
            return _more.Task;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _received.Reader.ReadAsync(cancellationToken);
        var count = (int)Math.Min(buffer.Length, read.Buffer.Length);
        var part = read.Buffer.Slice(0, count);
        System.Buffers.BuffersExtensions.CopyTo(part, buffer.Span);
        _received.Reader.AdvanceTo(part.End);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        TaskCompletionSource written;
        lock (_lock)
        {
            if (_closed)
            {
                throw new IOException("The browser has left.");
            }

            written = _written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting = buffer;
            _more.TrySetResult();
        }

        await written.Task.WaitAsync(cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            _closed = true;
            _written?.TrySetException(new IOException("The browser has left."));
            _handedOut?.TrySetResult();
            _more.TrySetResult();
            (_written, _waiting) = (null, default);
        }

        _received.Writer.Complete();
        base.Dispose(disposing);
    }
}
