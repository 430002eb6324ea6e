namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Ends sign-ins whose time is over, and what is open here by one that another portal ended.</summary>
internal sealed partial class SignInTimers(SignIns signIns, OpenConnections connections, ILogger<SignInTimers> log, TimeProvider time) : PeriodicService(Interval, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await signIns.EndExpiredAsync(cancellationToken);
        if (connections.SignIns is { Count: > 0 } open)
        {
            foreach (var (signInId, why) in await signIns.EndedAsync(open, cancellationToken))
            {
                connections.End(signInId, why);
            }
        }
    }

    // The database is away: nothing can be done by what is open either, and the next tick asks again.
    protected override void LogFailure(Exception exception) => Log.TickFailed(log, exception.Message);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Whether people are still signed in cannot be read, trying again: {Reason}")]
        public static partial void TickFailed(ILogger logger, string reason);
    }
}
