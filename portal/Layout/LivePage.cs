using Microsoft.AspNetCore.Components;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Layout;

/// <summary>A page that shows what is and reads again when something of its tenant changes, or when a few seconds have passed.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _closed = new();
    private IDisposable? _subscription;

    [Inject]
    public required ActorAccessor Actors { get; set; }

    [Inject]
    public required ChangeFeed Changes { get; set; }

    [Inject]
    public required TimeProvider Time { get; set; }

    protected Actor? Me { get; private set; }

    protected DateTimeOffset Now { get; private set; }

    /// <summary>Cancelled when the page is left.</summary>
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
        Me = await Actors.CurrentAsync();
        await ReloadAsync();
        if (RendererInfo.IsInteractive)
        {
            _subscription = Changes.Subscribe(Me.TenantId, () => _ = RefreshAsync());
            _ = TickAsync();
        }
    }

    protected async Task ReloadAsync()
    {
        Now = Time.GetUtcNow();
        await LoadAsync(Me!);
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
