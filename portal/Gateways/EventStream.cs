using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Sallyport.Contracts.Links;

namespace Sallyport.Portal.Gateways;

/// <summary>
/// The portal's end of one component's event stream. Orders are never dropped silently: when the component does not
/// keep up the stream is closed, and on reconnecting it gets the whole state.
/// </summary>
public sealed class EventStream(string keyId) : IDisposable
{
    private const int Capacity = 1024;
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FinishTime = TimeSpan.FromMilliseconds(500);

    private readonly Channel<SseItem<string>> _events = Channel.CreateBounded<SseItem<string>>(Capacity);
    private readonly CancellationTokenSource _closed = new();

    /// <summary>The key that the component proved itself with.</summary>
    public string KeyId { get; } = keyId;

    public bool Send<T>(string name, T data)
    {
        if (_events.Writer.TryWrite(new SseItem<string>(JsonSerializer.Serialize(data, LinkJson.Options), name)))
        {
            return true;
        }

        Close();
        return false;
    }

    /// <summary>Ends it when what was sent has been read, or after a moment.</summary>
    public void Finish()
    {
        _events.Writer.TryComplete();
        try
        {
            _closed.CancelAfter(FinishTime);
        }
        catch (ObjectDisposedException)
        {
            // Its reader has gone already.
        }
    }

    public void Close()
    {
        _events.Writer.TryComplete();
        try
        {
            _closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Its reader has gone already.
        }
    }

    public async IAsyncEnumerable<SseItem<string>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        using var timer = new PeriodicTimer(PingInterval);
        var ping = timer.WaitForNextTickAsync(either.Token).AsTask();
        while (!either.IsCancellationRequested)
        {
            while (_events.Reader.TryRead(out var item))
            {
                yield return item;
            }

            var more = _events.Reader.WaitToReadAsync(either.Token).AsTask();
            await Task.WhenAny(more, ping);
            if (either.IsCancellationRequested || (more.IsCompletedSuccessfully && !await more))
            {
                yield break;
            }

            if (ping.IsCompletedSuccessfully)
            {
                ping = timer.WaitForNextTickAsync(either.Token).AsTask();
                yield return new SseItem<string>("{}", GatewayEvent.Ping);
            }
        }
    }

    public void Dispose() => _closed.Dispose();
}
