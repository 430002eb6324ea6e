namespace Sallyport.Gateway.Screen;

/// <summary>
/// Who has control of a screen. The newest answer holds, in the gateway and at the asset: a grant has its effect only when the asset has agreed, and
/// by then it may have been taken back; and what is let go when control is taken may last until it is given anew.
/// </summary>
/// <param name="use">Has the asset take input or not; null when it agreed, else why not. The calls come in the order of the answers that count.</param>
internal sealed class ControlTurn(bool held, Func<bool, Task<string?>> use)
{
    private readonly Lock _lock = new();
    private volatile bool _held = held;
    private int _newest;

    public bool Held => _held;

    /// <returns>Whether this answer still counts when the asset has agreed or refused, and why it refused.</returns>
    public async Task<(bool Counts, string? Refusal)> GiveAsync()
    {
        int answer;
        Task<string?> used;
        lock (_lock)
        {
            answer = ++_newest;
            used = use(true);
        }

        var refusal = await used;
        lock (_lock)
        {
            if (answer != _newest)
            {
                return (false, null);
            }

            _held = refusal is null;
            return (true, refusal);
        }
    }

    /// <summary>It is no longer held at once; the asset is told after what was held down is let go there.</summary>
    public async Task TakeAsync(Func<Task> release)
    {
        int answer;
        lock (_lock)
        {
            answer = ++_newest;
            _held = false;
        }

        await release();
        lock (_lock)
        {
            if (answer == _newest)
            {
                _ = use(false);
            }
        }
    }
}
