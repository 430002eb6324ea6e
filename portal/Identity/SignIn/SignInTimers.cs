namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Ends sign-ins whose time is over, and what is open here by one that another portal ended.</summary>
internal sealed partial class SignInTimers(SignIns signIns, OpenConnections connections, ILogger<SignInTimers> log, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await signIns.EndExpiredAsync(stoppingToken);
                if (connections.SignIns is { Count: > 0 } open)
                {
                    foreach (var (signInId, why) in await signIns.EndedAsync(open, stoppingToken))
                    {
                        connections.End(signInId, why);
                    }
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The database is away: nothing can be done by what is open either, and the next tick asks again.
                Log.TickFailed(log, e.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Whether people are still signed in cannot be read, trying again: {Reason}")]
        public static partial void TickFailed(ILogger logger, string reason);
    }
}
