using System.Diagnostics;

namespace Sallyport.Tests.Support;

/// <summary>Waiting for what other tasks, processes and machines do: looked for again and again, never slept for.</summary>
public static class Eventually
{
    /// <summary>How long anything is waited for unless said otherwise: far longer than it takes on a slow machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until the condition holds.</summary>
    /// <param name="what">What is waited for, for the message.</param>
    /// <exception cref="TimeoutException">It does not come to hold within the time.</exception>
    public static Task HoldsAsync(string what, Func<bool> condition, TimeSpan? within = null, CancellationToken cancellationToken = default) =>
        HoldsAsync(what, () => Task.FromResult(condition()), within, cancellationToken);

    /// <inheritdoc cref="HoldsAsync(string, Func{bool}, TimeSpan?, CancellationToken)"/>
    public static Task HoldsAsync(string what, Func<Task<bool>> condition, TimeSpan? within = null, CancellationToken cancellationToken = default) =>
        FindsAsync(what, async () => await condition() ? "yes" : null, within, cancellationToken);

    /// <summary>Waits until there is one.</summary>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="find">Null: not yet.</param>
    /// <exception cref="TimeoutException">There is none within the time.</exception>
    public static Task<T> FindsAsync<T>(string what, Func<T?> find, TimeSpan? within = null, CancellationToken cancellationToken = default)
        where T : class =>
        FindsAsync(what, () => Task.FromResult(find()), within, cancellationToken);

    /// <inheritdoc cref="FindsAsync{T}(string, Func{T}, TimeSpan?, CancellationToken)"/>
    public static async Task<T> FindsAsync<T>(string what, Func<Task<T?>> find, TimeSpan? within = null, CancellationToken cancellationToken = default)
        where T : class
    {
        var longest = within ?? Patience;
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(Pause, cancellationToken))
        {
            if (await find() is { } found)
            {
                return found;
            }

            if (waited.Elapsed > longest)
            {
                throw new TimeoutException($"Waited {longest.TotalSeconds} s in vain: {what}.");
            }
        }
    }
}
