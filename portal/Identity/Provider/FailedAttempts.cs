using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>What an account's owner is told of: how many wrong passwords, when, and where they came from.</summary>
internal sealed record FailedAttemptsReport(int Count, DateTimeOffset First, DateTimeOffset Last, IReadOnlyList<string> Sources)
{
    private const int MaxSources = 5;

    /// <summary>Where they came from, most first.</summary>
    public string From => string.Join(", ", Sources.Take(MaxSources)) + (Sources.Count > MaxSources ? $" and {Sources.Count - MaxSources} more" : "");
}

/// <summary>Wrong passwords that the account's owner has to be told of at the next sign-in.</summary>
internal sealed class FailedAttempts(PortalDbFactory factory, TimeProvider time)
{
    /// <summary>Who mistypes a few times and gets in within a few minutes is not told of it.</summary>
    private const int MaxOwnMistakes = 3;
    private static readonly TimeSpan OwnMistakesWithin = TimeSpan.FromMinutes(10);

    public async Task RecordAsync(PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        DateTimeOffset? now = time.GetUtcNow();
        await using var db = factory.ForSystem();
        await Rows(db, attempt).ExecuteUpdateAsync(
            a => a.SetProperty(x => x.FirstUnreportedAt, x => x.Unreported == 0 ? now : x.FirstUnreportedAt)
                .SetProperty(x => x.LastUnreportedAt, now)
                .SetProperty(x => x.Unreported, x => x.Unreported + 1),
            cancellationToken);
    }

    /// <summary>The owner got in from there: what they have just mistyped themselves is no news.</summary>
    public async Task ForgetOwnAsync(PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - OwnMistakesWithin;
        await using var db = factory.ForSystem();
        await Rows(db, attempt).Where(a => a.Unreported <= MaxOwnMistakes && a.FirstUnreportedAt > since).ExecuteUpdateAsync(a => a.SetProperty(x => x.Unreported, 0), cancellationToken);
    }

    /// <returns>Null when there is nothing to tell.</returns>
    public async Task<FailedAttemptsReport?> FindAsync(Guid accountId, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var rows = await db.PasswordAttempts.AsNoTracking().Where(a => a.AccountId == accountId && a.Unreported > 0).OrderByDescending(a => a.Unreported).ToListAsync(cancellationToken);
        return rows.Count == 0
            ? null
            : new FailedAttemptsReport(rows.Sum(a => a.Unreported), rows.Min(a => a.FirstUnreportedAt!.Value), rows.Max(a => a.LastUnreportedAt!.Value), [.. rows.Select(a => new AttemptSource(a.Source).Description)]);
    }

    /// <summary>The owner has read the report up to then; what came after it waits for the next one.</summary>
    public async Task AcknowledgeAsync(Guid accountId, DateTimeOffset last, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        await db.PasswordAttempts.Where(a => a.AccountId == accountId && a.LastUnreportedAt <= last).ExecuteUpdateAsync(a => a.SetProperty(x => x.Unreported, 0), cancellationToken);
    }

    private static IQueryable<PasswordAttempts> Rows(PortalDb db, PasswordAttempt attempt) =>
        db.PasswordAttempts.Where(a => a.AccountId == attempt.AccountId && a.Source == attempt.Source.Name);
}
