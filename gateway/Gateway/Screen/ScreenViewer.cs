using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Shadow;
using Sallyport.Gateway.Screen.Rfb.Viewers;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Screen;

/// <summary>One browser that is shown a screen: the session's user, or somebody who watches.</summary>
/// <param name="take">What the browser's user does; null: it is of no consequence, since they watch.</param>
internal sealed class ScreenViewer(
    BrowserConnection browser, ScreenShadow screen, string name, Func<ScreenViewer, ViewerEvent, CancellationToken, ValueTask>? take, TimeProvider time, CancellationToken ending) : IDisposable
{
    private readonly ViewerChannel _channel = new();
    private readonly CancellationTokenSource _left = CancellationTokenSource.CreateLinkedTokenSource(ending);
    private volatile RfbViewer? _viewer;
    private volatile ViewerColours _colours;
    private bool _saidReduced;

    /// <summary>How long the picture is on its way to the browser; null: it has it.</summary>
    public TimeSpan? Unconfirmed => _viewer?.Unconfirmed;

    /// <summary>How many colours the browser is sent.</summary>
    public void Use(ViewerColours colours)
    {
        _colours = colours;
        _viewer?.Use(colours);
    }

    /// <summary>Tells the browser, when it has changed, whether its picture has fewer colours. To be called now and then, by one.</summary>
    public void NotifyColourReduction()
    {
        if (_viewer is { } viewer && viewer.IsReduced != _saidReduced)
        {
            _saidReduced = !_saidReduced;
            browser.Send([ScreenMessages.Reduced, _saidReduced ? (byte)1 : (byte)0]);
        }
    }

    public ValueTask DeliverAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => _channel.DeliverAsync(bytes, cancellationToken);

    public ValueTask SendTextAsync(string text, CancellationToken cancellationToken) => _viewer?.SendTextAsync(text, cancellationToken) ?? ValueTask.CompletedTask;

    public ValueTask BellAsync(CancellationToken cancellationToken) => _viewer?.BellAsync(cancellationToken) ?? ValueTask.CompletedTask;

    public void Begin()
    {
        browser.Begin(_channel);
        _ = RunAsync();
    }

    public void Dispose()
    {
        _left.Cancel();
        _channel.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await using var viewer = await RfbViewer.AcceptAsync(_channel, screen, new RfbViewerOptions { Name = name }, time, _left.Token);
            _viewer = viewer;
            viewer.Use(_colours);
            var sending = viewer.SendUpdatesAsync(_left.Token);
            var reading = ReadAsync(viewer);
            await Task.WhenAny(sending, reading);
            await _left.CancelAsync();
            _channel.Dispose();
            await Task.WhenAll(Settled(sending), Settled(reading));
            _viewer = null;
        }
        catch (Exception e) when (e is RfbFailureException or OperationCanceledException or IOException)
        {
            // It hung up, or broke the protocol; in any case there is nothing to show it any more.
        }
        finally
        {
            _viewer = null;
            if (!_left.IsCancellationRequested)
            {
                browser.Close();
            }
        }

        static async Task Settled(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAsync(RfbViewer viewer)
    {
        while (true)
        {
            var wanted = await viewer.ReadAsync(_left.Token);
            if (take is not null)
            {
                await take(this, wanted, _left.Token);
            }
        }
    }
}
