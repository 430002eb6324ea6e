using System.Threading.Channels;

namespace Sallyport.Portal.Common;

/// <summary>Does something at every interval for as long as the portal runs. What fails is logged, and tried again at the next time.</summary>
/// <param name="interval">From one beginning to the next; what takes longer is followed by the next at once.</param>
/// <param name="atStart">Whether it is done at the start as well, and not after the first interval.</param>
public abstract class PeriodicService(TimeSpan interval, TimeProvider time, bool atStart = false) : BackgroundService
{
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    protected TimeProvider Time { get; } = time;

    protected abstract Task RunOnceAsync(CancellationToken cancellationToken);

    protected abstract void LogFailure(Exception exception);

    /// <summary>Once more at once, without waiting for the next time.</summary>
    protected void Hurry() => _due.Writer.TryWrite(true);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, Time);
        var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        var due = _due.Reader.WaitToReadAsync(stoppingToken).AsTask();
        if (atStart)
        {
            Hurry();
        }

        while (true)
        {
            await Task.WhenAny(tick, due);
            stoppingToken.ThrowIfCancellationRequested();
            _ = _due.Reader.TryRead(out _);
            tick = tick.IsCompleted ? timer.WaitForNextTickAsync(stoppingToken).AsTask() : tick;
            due = due.IsCompleted ? _due.Reader.WaitToReadAsync(stoppingToken).AsTask() : due;
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailure(e);
            }
        }
    }
}
