using Sallyport.Contracts.Links;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Screen;

/// <summary>
/// A session's connection to its panel. Where the panel has a password for looking and another for working, it signs in anew when
/// control changes hands: so the panel itself keeps out the input of who has none. The shadow stays the same, and viewers see it go on.
/// </summary>
internal sealed class ScreenAsset : IAsyncDisposable
{
    // A panel that serves one client may take a moment to notice that it has gone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400);

    private readonly SessionSpec _order;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _gone = new();
    private readonly Lock _lock = new();
    private volatile RfbClient _client;
    private CancellationTokenSource _reading;
    private volatile Change? _change;
    private bool _control;

    private ScreenAsset(SessionSpec order, RfbClient client, bool control, TimeProvider time)
    {
        (_order, _client, _control, _time, Screen) = (order, client, control, time, client.Screen);
        _reading = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token);
    }

    public ScreenShadow Screen { get; }

    /// <summary>Bytes from the asset over its present connection; null: it is being signed in to anew.</summary>
    public long? Received => _change is null ? _client.Received : null;

    /// <param name="order">Its credential is kept only where it will be needed again.</param>
    /// <exception cref="AssetFailureException">It cannot be reached, or refuses.</exception>
    public static async Task<ScreenAsset> ConnectAsync(SessionSpec order, bool control, TimeProvider time, CancellationToken cancellationToken)
    {
        var client = await ScreenConnection.OpenAsync(order, control, null, time, cancellationToken);
        return new ScreenAsset(order.Credential.ViewPassword is null ? order with { Credential = AssetCredential.None } : order, client, control, time);
    }

    /// <inheritdoc cref="RfbClient.ReadAsync"/>
    /// <exception cref="AssetFailureException">It could not be signed in to again.</exception>
    /// <exception cref="OperationCanceledException">The session has ended.</exception>
    public async ValueTask<RfbEvent> ReadAsync()
    {
        while (true)
        {
            try
            {
                return await _client.ReadAsync(_reading.Token);
            }
            catch (Exception e) when (_change is not null && !_gone.IsCancellationRequested && e is OperationCanceledException or RfbFailureException)
            {
                await SignInAsync();
            }
        }
    }

    public ValueTask SendAsync(ScreenInput input, CancellationToken cancellationToken) => _client.SendAsync(input, cancellationToken);

    public ValueTask SendTextAsync(string text, CancellationToken cancellationToken) => _client.SendTextAsync(text, cancellationToken);

    public ValueTask ProbeAsync(CancellationToken cancellationToken) => _client.ProbeAsync(cancellationToken);

    /// <summary>Signs in with the password for working, or with the one for looking, where that makes a difference. Somebody must be reading.</summary>
    /// <returns>Null when it was done; else why control could not be had. Then it is signed in to look.</returns>
    public async Task<string?> UseControlAsync(bool control)
    {
        Change change;
        CancellationTokenSource? reading = null;
        lock (_lock)
        {
            if (_order.Credential.ViewPassword is null || (_change is null && _control == control))
            {
                return null;
            }

            if (_change?.Control == control)
            {
                // Asked for before, and nobody knows yet how it ends.
                change = _change;
            }
            else
            {
                _change?.Done.TrySetResult("Control was answered anew.");
                reading = _reading;
                _change = change = new Change(control, new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }

        if (reading is not null)
        {
            await reading.CancelAsync();
        }

        return await change.Done.Task.WaitAsync(_gone.Token);
    }

    /// <summary>From then on nothing is read.</summary>
    public void EndWith(CancellationToken ending) => ending.UnsafeRegister(static gone => ((CancellationTokenSource)gone!).Cancel(), _gone);

    /// <summary>Not before the last <see cref="ReadAsync"/> has ended.</summary>
    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task SignInAsync()
    {
        await _client.DisposeAsync();
        while (true)
        {
            Change change;
            lock (_lock)
            {
                change = _change!;
            }

            string? refusal = null;
            RfbClient client;
            try
            {
                client = await OpenAsync(change.Control);
            }
            catch (AssetFailureException e) when (change.Control)
            {
                refusal = e.Message;
                client = await OpenAsync(control: false);
            }

            lock (_lock)
            {
                if (_change == change)
                {
                    (_client, _control, _change, _reading) = (client, change.Control && refusal is null, null, CancellationTokenSource.CreateLinkedTokenSource(_gone.Token));
                    change.Done.TrySetResult(refusal);
                    return;
                }
            }

            // Somebody thought better of it meanwhile.
            await client.DisposeAsync();
        }
    }

    private async Task<RfbClient> OpenAsync(bool control)
    {
        for (var began = _time.GetTimestamp(); ; await Task.Delay(Pause, _time, _gone.Token))
        {
            try
            {
                return await ScreenConnection.OpenAsync(_order, control, Screen, _time, _gone.Token);
            }
            catch (AssetFailureException e) when (e.Reason == Contracts.SessionEndReason.AssetLost && _time.GetElapsedTime(began) < Patience)
            {
                // Asked again.
            }
        }
    }

    private sealed record Change(bool Control, TaskCompletionSource<string?> Done);
}
