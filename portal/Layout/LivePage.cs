using Microsoft.AspNetCore.Components;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Layout;

/// <summary>A page that shows what is and reads again when something of its tenant changes, or when a few seconds have passed.</summary>
public abstract class LivePage : ActingComponent, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _closed = new();
    private IDisposable? _subscription;

    [Inject]
    public required ChangeFeed Changes { get; set; }

    [Inject]
    public required TimeProvider Time { get; set; }

    protected DateTimeOffset Now { get; private set; }

    /// <summary>Cancelled when the page is left, or its user may not see it any more.</summary>
    protected CancellationToken Closed => _closed.Token;

    /// <summary>Reads what the page shows; called on the page's own context.</summary>
    protected abstract Task LoadAsync(Actor actor);

    public void Dispose()
    {
        _subscription?.Dispose();
        _closed.Cancel();
        _closed.Dispose();
        GC.SuppressFinalize(this);
    }

    protected sealed override async Task OnInitializedAsync()
    {
        await ReloadAsync();
        if (RendererInfo.IsInteractive && Me is { } me && !_closed.IsCancellationRequested)
        {
            _subscription = Changes.Subscribe(me.TenantId, () => _ = RefreshAsync());
            _ = TickAsync();
        }
    }

    /// <summary>Does something as the user, and shows what is then.</summary>
    protected async Task ActAsync(Func<Actor, Task> act)
    {
        if (await base.ActAsync(act))
        {
            await ReloadAsync();
        }
    }

    protected async Task ReloadAsync()
    {
        Now = Time.GetUtcNow();
        if (!await base.ActAsync(LoadAsync))
        {
            await _closed.CancelAsync();
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(Interval, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closed.Token))
            {
                await RefreshAsync();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The page was left.
        }
    }

    private Task RefreshAsync() => InvokeAsync(async () =>
    {
        if (_closed.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await ReloadAsync();
            StateHasChanged();
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or InvalidOperationException)
        {
            // The database is away for a moment: what is shown stays, the next tick tries again.
        }
    });
}
