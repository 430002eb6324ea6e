namespace Sallyport.Benchmarks.Screen;

/// <summary>Many screens that are looked at at once, until disposed.</summary>
internal sealed class OpenScreens : IAsyncDisposable
{
    private readonly List<ScreenClient> _screens = [];
    private readonly List<Task> _following = [];
    private readonly CancellationTokenSource _end = new();

    public static async Task<OpenScreens> StartAsync(int count, Func<CancellationToken, Task<ScreenClient>> open, CancellationToken cancellationToken)
    {
        var all = new OpenScreens();
        for (var i = 0; i < count; i++)
        {
            var screen = await open(cancellationToken);
            await screen.NextAsync(cancellationToken);
            all._screens.Add(screen);
            all._following.Add(all.FollowAsync(screen));
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var screen in _screens)
        {
            await screen.EndAsync(CancellationToken.None);
        }

        await _end.CancelAsync();
        await Task.WhenAll(_following);
        _screens.ForEach(screen => screen.Dispose());
        _end.Dispose();
    }

    private async Task FollowAsync(ScreenClient screen)
    {
        try
        {
            while (true)
            {
                await screen.NextAsync(_end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
