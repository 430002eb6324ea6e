using Sallyport.Recording;

namespace Sallyport.Gateway.Web.Trace;

/// <summary>
/// One WebSocket message on its way. Nothing of it may go on before its beginning, as far as that is kept, is recorded: so much of it is held
/// back. What comes after that is only counted and hashed, and its end recorded too, however it ends.
/// </summary>
internal sealed class SocketMessage(HttpRecorder recorder, long socket, bool fromAsset, int keep, Func<bool> isSignIn) : IAsyncDisposable
{
    private readonly BodyCapture _capture = new(keep, hash: true);
    private bool _any;
    private bool _binary;
    private bool _open;
    private bool _ended;
    private bool _hashed;
    private int _held;

    public long Length => _capture.Length;

    /// <summary>Of the whole message, when it has come to its end.</summary>
    public string? Sha256 => _capture.Sha256;

    /// <summary>What was added and could not go on, before the last part was added.</summary>
    public ReadOnlyMemory<byte> Held => _capture.Kept[.._held];

    public void Add(ReadOnlySpan<byte> part, bool binary)
    {
        (_any, _binary, _held) = (true, binary, _open ? 0 : (int)_capture.Length);
        _capture.Add(part);
    }

    /// <returns>Whether what is held, and then the last part, may go on now.</returns>
    public async ValueTask<bool> RecordAsync(bool isLast)
    {
        if (isLast)
        {
            _ended = true;
            await (_open ? EndAsync(unfinished: false) : recorder.WriteAsync(new HttpSocketMessage(socket, fromAsset, _binary, Body())));
        }
        else if (!_open && _capture.Length > keep)
        {
            await OpenAsync();
        }

        return _open || isLast;
    }

    /// <summary>Records what never came to its end.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_any && !_ended)
            {
                if (!_open)
                {
                    await OpenAsync();
                }

                await EndAsync(unfinished: true);
            }
        }
        finally
        {
            _capture.Dispose();
        }
    }

    private ValueTask OpenAsync()
    {
        var body = Body();
        (_open, _hashed) = (true, body.Sha256 is not null);
        return recorder.WriteAsync(new HttpSocketMessage(socket, fromAsset, _binary, body with { Sha256 = null }, Open: true));
    }

    private HttpBody Body() => isSignIn() ? new HttpBody(_capture.Length, Omitted: "It signs in.") : recorder.MessageBody(_capture);

    private ValueTask EndAsync(bool unfinished) =>
        recorder.WriteAsync(new HttpSocketMessageEnd(socket, fromAsset, _capture.Length, _hashed ? _capture.Sha256 : null, unfinished));
}
