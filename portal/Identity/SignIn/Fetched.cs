namespace Sallyport.Portal.Identity.SignIn;

/// <summary>
/// Something that is fetched from the provider when needed, and kept. A failure is kept too, for a moment: whoever opens
/// the sign-in page again and again does not make the portal hammer a provider that is down.
/// </summary>
internal sealed class Fetched<T>(Func<CancellationToken, Task<T>> fetch, TimeProvider time)
    where T : class
{
    public static readonly TimeSpan FailureMemory = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private (T Value, long At)? _known;
    private (SignInException Failure, long At)? _failed;

    /// <summary>What is known, when it is younger than <paramref name="maxAge"/>; else what the provider says now.</summary>
    /// <exception cref="SignInException">The provider did not say it, now or a moment ago.</exception>
    public async Task<T> GetAsync(TimeSpan maxAge, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_known is { } known && time.GetElapsedTime(known.At) < maxAge)
            {
                return known.Value;
            }

            if (_failed is { } failed && time.GetElapsedTime(failed.At) < FailureMemory)
            {
                throw new SignInException(failed.Failure.Fault, failed.Failure.Message, failed.Failure);
            }

            var value = await fetch(cancellationToken);
            (_known, _failed) = ((value, time.GetTimestamp()), null);
            return value;
        }
        catch (SignInException e) when (e.InnerException is not SignInException && !cancellationToken.IsCancellationRequested)
        {
            _failed = (e, time.GetTimestamp());
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }
}
