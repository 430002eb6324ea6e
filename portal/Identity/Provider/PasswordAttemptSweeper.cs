using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Removes counts of password attempts that delay nobody any more, and the oldest ones where somebody makes very many.</summary>
internal sealed partial class PasswordAttemptSweeper(PortalDbFactory factory, IOptions<PasswordThrottleOptions> options, TimeProvider time, ILogger<PasswordAttemptSweeper> log) : PeriodicService(Interval, time)
{
    internal const int MaxRows = 50_000;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>How long a report waits for an owner who does not sign in. The audit log has every failure, and keeps it.</summary>
    private static readonly TimeSpan ReportKept = TimeSpan.FromDays(90);

    internal async Task SweepAsync(int maxRows, CancellationToken cancellationToken)
    {
        var now = Time.GetUtcNow();
        DateTimeOffset forgotten = now - options.Value.ForgetAfter, unread = now - ReportKept;
        await using var db = factory.ForSystem();
        await db.PasswordAttempts
            .Where(a => a.LastAt < forgotten && (a.Unreported == 0 || a.LastAt < unread || !db.Users.Any(account => account.Id == a.AccountId)))
            .ExecuteDeleteAsync(cancellationToken);
        await db.PasswordAttempts.OrderByDescending(a => a.LastAt).Skip(maxRows).ExecuteDeleteAsync(cancellationToken);
    }

    protected override Task RunOnceAsync(CancellationToken cancellationToken) => SweepAsync(MaxRows, cancellationToken);

    protected override void LogFailure(Exception exception) => Log.NotSwept(log, exception);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Old counts of password attempts could not be removed; trying again")]
        public static partial void NotSwept(ILogger logger, Exception exception);
    }
}
