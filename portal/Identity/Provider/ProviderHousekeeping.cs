using OpenIddict.Abstractions;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Rotates the provider's keys, and removes rows of codes and tokens that are good for nothing any more.</summary>
internal sealed partial class ProviderHousekeeping(ProviderKeys keys, IServiceScopeFactory scopes, ILogger<ProviderHousekeeping> log, TimeProvider time) : PeriodicService(Interval, time)
{
    /// <summary>How long a row stays: a code that comes again must still void what it gave (RFC 6749, section 4.1.2).</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        keys.Rotate();
        await using var scope = scopes.CreateAsyncScope();
        var before = Time.GetUtcNow() - Kept;
        await scope.ServiceProvider.GetRequiredService<IOpenIddictTokenManager>().PruneAsync(before, cancellationToken);
        await scope.ServiceProvider.GetRequiredService<IOpenIddictAuthorizationManager>().PruneAsync(before, cancellationToken);
    }

    protected override Task RunOnceAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken);

    protected override void LogFailure(Exception exception) => Log.Failed(log, exception);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The provider's keys or rows could not be looked after, trying again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
