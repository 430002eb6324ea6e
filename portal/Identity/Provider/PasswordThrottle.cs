using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;
using Sallyport.Portal.Keys;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>
/// Delays whoever guesses passwords. Failures are counted for account and source together, so that a stranger's cannot lock the owner
/// out; a browser that the owner has signed in with is delayed by its own failures only. The counts are rows, so that every portal
/// sees them and a restart forgets none.
/// </summary>
internal sealed class PasswordThrottle(PortalDbFactory factory, KeyFolder keys, IOptions<PasswordThrottleOptions> options, TimeProvider time)
{
    private const int MaxDoublings = 20;

    /// <summary>Not the present: it would be in the future of an attempt that came at the same time.</summary>
    private static readonly DateTimeOffset Never = DateTimeOffset.UnixEpoch;

    private readonly byte[] _nameKey = keys.Symmetric("unknown-user-names");

    /// <summary>
    /// An attempt at a name that is no account. It is counted as one at an account is, so that answers and their times do not tell which
    /// names exist; under a key that is not in the database, because people type passwords into the wrong field.
    /// </summary>
    public PasswordAttempt AtUnknownName(string normalizedName, IPAddress? address) =>
        new(new Guid(HMACSHA256.HashData(_nameKey, Encoding.UTF8.GetBytes(normalizedName)).AsSpan(0, 16)), AttemptSource.Address(address), address);

    /// <summary>
    /// Counts an attempt as failed before the password is looked at, so that of many at once none is left out.
    /// False when it comes too early: then the password must not be looked at, and nothing was counted.
    /// </summary>
    public async Task<bool> TryBeginAsync(PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        foreach (var count in Counts(attempt))
        {
            if (!await RaiseAsync(db, count, cancellationToken))
            {
                return false;
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>How long the source has to wait before its next password for this account is looked at.</summary>
    public async Task<TimeSpan> DelayAsync(PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var until = now;
        await using var db = factory.ForSystem();
        foreach (var count in Counts(attempt))
        {
            var blocked = await Rows(db, count).Where(a => a.BlockedUntil > until).Select(a => (DateTimeOffset?)a.BlockedUntil).FirstOrDefaultAsync(cancellationToken);
            until = blocked ?? until;
        }

        return until - now;
    }

    /// <summary>The password was right: the source starts from zero again, and this attempt counts nowhere.</summary>
    public async Task SucceedAsync(PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        foreach (var count in Counts(attempt))
        {
            // The delay that ends is this attempt's own: during another's it could not have begun.
            var own = count.Source == attempt.Source.Name && count.AccountId == attempt.AccountId;
            await Rows(db, count).ExecuteUpdateAsync(
                a => a.SetProperty(x => x.Failures, x => own || x.Failures == 0 ? 0 : x.Failures - 1).SetProperty(x => x.BlockedUntil, Never),
                cancellationToken);
        }
    }

    /// <summary>Nobody has to wait for this account any more: it has another password, or an admin ended the delays.</summary>
    public async Task ClearAsync(Guid accountId, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        await db.PasswordAttempts.Where(a => a.AccountId == accountId)
            .ExecuteUpdateAsync(a => a.SetProperty(x => x.Failures, 0).SetProperty(x => x.BlockedUntil, Never), cancellationToken);
    }

    private static IQueryable<PasswordAttempts> Rows(PortalDb db, Count count) => db.PasswordAttempts.Where(a => a.AccountId == count.AccountId && a.Source == count.Source);

    // Always in this order, so that transactions that count the same rows wait for one another, and never in a circle.
    private IEnumerable<Count> Counts(PasswordAttempt attempt)
    {
        var limits = options.Value;
        yield return new Count(attempt.AccountId, attempt.Source.Name, limits.FailuresPerSource, limits.MaxDelay);
        if (!attempt.Source.IsKnown)
        {
            yield return new Count(attempt.AccountId, AttemptSource.AllUnknown.Name, limits.FailuresPerAccount, limits.MaxSharedDelay);
            yield return new Count(Guid.Empty, AttemptSource.Address(attempt.Address).Name, limits.FailuresPerAddress, limits.MaxSharedDelay);
        }
    }

    private async Task<bool> RaiseAsync(PortalDb db, Count count, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var forgotten = now - options.Value.ForgetAfter;
        await Rows(db, count).Where(a => a.LastAt < forgotten).ExecuteUpdateAsync(a => a.SetProperty(x => x.Failures, 0), cancellationToken);

        // One statement: its lock on the row makes attempts that come at once see one another.
        return await db.Database.ExecuteSqlAsync(
            $"""
            insert into password_attempts as a (account_id, source, failures, blocked_until, last_at, unreported)
            values ({count.AccountId}, {count.Source}, 1, {(count.Free > 1 ? Never : now + options.Value.FirstDelay)}, {now}, 0)
            on conflict (account_id, source) do update set
              failures = a.failures + 1,
              blocked_until = case when a.failures + 1 < {count.Free} then a.blocked_until
                else {now} + least({count.MaxDelay}, {options.Value.FirstDelay} * power(2, least(a.failures + 1 - {count.Free}, {MaxDoublings}))) end,
              last_at = {now}
            where a.blocked_until <= {now}
            """,
            cancellationToken) == 1;
    }

    private sealed record Count(Guid AccountId, string Source, int Free, TimeSpan MaxDelay);
}
