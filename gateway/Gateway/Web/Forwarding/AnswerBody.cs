using Sallyport.Gateway.Web.Trace;

namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>A response's body on its way to the browser: counted as the asset sent it, and rewritten where it is a text. Each write goes out at once.</summary>
/// <param name="response">Whose body it is; its length is corrected where the first write holds all of it.</param>
internal sealed class AnswerBody(Stream inner, HttpResponse response) : Stream
{
    private bool _begun;

    /// <summary>Set when the response's head is known.</summary>
    public BodyRewriter? Rewriter { get; set; }

    /// <summary>What is written may wait in a compressor, which a page that streams must not feel.</summary>
    public bool FlushesWrites { get; set; }

    public BodyCapture Capture { get; set; } = new(0, hash: false);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Capture.Add(buffer.Span);
        var ready = Rewriter is null ? buffer : Rewrite(Rewriter, buffer);
        if (!ready.IsEmpty)
        {
            await inner.WriteAsync(ready, cancellationToken);
            if (FlushesWrites)
            {
                await inner.FlushAsync(cancellationToken);
            }
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // A short text comes at once: with its new length said, it goes out in one piece, without an end of its own to follow.
    private ReadOnlyMemory<byte> Rewrite(BodyRewriter rewriter, ReadOnlyMemory<byte> buffer)
    {
        if (!_begun && !response.HasStarted && response.ContentLength == buffer.Length)
        {
            var all = rewriter.RewriteAll(buffer);
            (_begun, response.ContentLength) = (true, all.Length);
            return all;
        }

        if (!_begun)
        {
            (_begun, response.ContentLength) = (true, null);
        }

        return rewriter.Rewrite(buffer);
    }

    /// <summary>What the rewriter still held.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (Rewriter?.FinishBytes() is { Length: > 0 } rest)
        {
            await inner.WriteAsync(rest, cancellationToken);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException("Bodies are written asynchronously.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Capture.Dispose();
        }

        base.Dispose(disposing);
    }
}
