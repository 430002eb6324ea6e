using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Who is signed in, where and since when; and the end of it, with all that depends on it.</summary>
public sealed partial class SignIns(PortalDbFactory factory, IEnumerable<IEndsWithSignIn> dependents, AuditLog audit, IOptions<RelyingPartyOptions> options, ILogger<SignIns> log, TimeProvider time)
{
    /// <summary>How long the row of one that has ended is kept.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private const int MaxBrowser = 200;
    private const int MaxExpired = 100;
    private static readonly TimeSpan SeenStep = TimeSpan.FromMinutes(1);

    internal async Task<PortalSignIn> BeginAsync(User user, DateTimeOffset since, ProviderSession? session, string? address, string? browser, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var signIn = new PortalSignIn
        {
            TenantId = user.TenantId,
            UserId = user.Id,
            ProviderSignInId = session?.Embedded,
            ProviderSession = session?.Other,
            Since = since,
            LastSeenAt = now,
            Address = address,
            Browser = browser is { Length: > MaxBrowser } ? browser[..MaxBrowser] : browser,
        };
        await using var db = factory.ForSystem();
        await db.SignIns.Where(s => s.EndedAt < now - Kept).ExecuteDeleteAsync(cancellationToken);
        db.Add(signIn);
        await db.SaveChangesAsync(cancellationToken);
        return signIn;
    }

    /// <param name="by">Null: the portal itself.</param>
    internal Task EndAsync(Guid userId, Guid signInId, SignInEnd why, Actor? by, CancellationToken cancellationToken) =>
        EndOneAsync(new EndedSignIn(userId, signInId, why, options.Value.SessionLimit, By: by), by, cancellationToken);

    /// <summary>The browser has a new sign-in: of the same person, by which what runs goes on, or of another one.</summary>
    internal Task ReplaceAsync(Guid userId, Guid signInId, PortalSignIn newer, CancellationToken cancellationToken) => EndOneAsync(
        newer.UserId == userId
            ? new EndedSignIn(userId, signInId, SignInEnd.Replaced, options.Value.SessionLimit, newer.Id)
            : new EndedSignIn(userId, signInId, SignInEnd.SignedOut, options.Value.SessionLimit),
        null,
        cancellationToken);

    /// <summary>All that the user is signed in with, and all that runs for them, whichever sign-in it was begun with.</summary>
    internal async Task EndAllAsync(Guid userId, SignInEnd why, Actor? by, CancellationToken cancellationToken)
    {
        var ended = new EndedSignIn(userId, null, why, options.Value.SessionLimit, By: by);
        var rows = await EndRowsAsync(s => s.UserId == userId, why, cancellationToken);
        await EndDependentsAsync(ended);
        await AuditAsync(rows, ended, by);
    }

    /// <summary>Those that have lasted as long as one may.</summary>
    internal async Task EndExpiredAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - options.Value.SessionLimit;
        await using var db = factory.ForSystem();
        var expired = await db.SignIns.AsNoTracking().Where(s => s.EndedAt == null && s.Since < before).OrderBy(s => s.Since).Take(MaxExpired).Select(s => new { s.UserId, s.Id }).ToListAsync(cancellationToken);
        foreach (var signIn in expired)
        {
            await EndAsync(signIn.UserId, signIn.Id, SignInEnd.TimeLimit, null, cancellationToken);
        }
    }

    /// <summary>Which of these sign-ins are no more, and why; those that go on are noted as seen.</summary>
    internal async Task<IReadOnlyDictionary<Guid, SignInEnd>> EndedAsync(IReadOnlyCollection<Guid> signIns, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var before = now - SeenStep;
        await using var db = factory.ForSystem();
        await db.SignIns.Where(s => signIns.Contains(s.Id) && s.EndedAt == null && s.LastSeenAt < before).ExecuteUpdateAsync(s => s.SetProperty(x => x.LastSeenAt, now), cancellationToken);
        var known = await (from s in db.SignIns join u in db.People on s.UserId equals u.Id where signIns.Contains(s.Id) select new { s.Id, s.EndedAt, s.EndReason, u.DisabledAt }).ToListAsync(cancellationToken);
        return signIns.Except(known.Where(s => s is { EndedAt: null, DisabledAt: null }).Select(s => s.Id))
            .ToDictionary(id => id, id => known.Find(s => s.Id == id)?.EndReason ?? SignInEnd.Disabled);
    }

    private async Task EndOneAsync(EndedSignIn ended, Actor? by, CancellationToken cancellationToken)
    {
        var (userId, signInId) = (ended.UserId, ended.SignInId);
        if (await EndRowsAsync(s => s.Id == signInId && s.UserId == userId, ended.Why, cancellationToken) is { Count: > 0 } rows)
        {
            await EndDependentsAsync(ended);
            await AuditAsync(rows, ended, by);
        }
    }

    private async Task<IReadOnlyList<PortalSignIn>> EndRowsAsync(Expression<Func<PortalSignIn, bool>> which, SignInEnd why, CancellationToken cancellationToken)
    {
        DateTimeOffset? now = time.GetUtcNow();
        SignInEnd? reason = why;
        var ended = new List<PortalSignIn>();
        await using var db = factory.ForSystem();
        foreach (var signIn in await db.SignIns.AsNoTracking().Where(s => s.EndedAt == null).Where(which).ToListAsync(cancellationToken))
        {
            // Of two that end the same one, one goes on from here: all that depends on it ends once, and is in the audit log once.
            if (await db.SignIns.Where(s => s.Id == signIn.Id && s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now).SetProperty(x => x.EndReason, reason), CancellationToken.None) > 0)
            {
                ended.Add(signIn);
            }
        }

        return ended;
    }

    // All of them, whatever fails in one, and whoever has hung up meanwhile.
    private async Task EndDependentsAsync(EndedSignIn ended)
    {
        await Task.WhenAll(dependents.Select(EndOneAsync));

        async Task EndOneAsync(IEndsWithSignIn dependent)
        {
            try
            {
                await dependent.EndAsync(ended, CancellationToken.None);
            }
            catch (Exception e)
            {
                Log.NotEnded(log, dependent.GetType().Name, ended.UserId, e);
            }
        }
    }

    private async Task AuditAsync(IReadOnlyList<PortalSignIn> rows, EndedSignIn ended, Actor? by)
    {
        if (rows.Count == 0)
        {
            return;
        }

        await using var db = factory.ForSystem();
        var name = await db.People.Where(u => u.Id == ended.UserId).Select(u => u.Name).FirstAsync();
        foreach (var row in rows)
        {
            var detail = new Dictionary<string, string> { ["endReason"] = ended.Why.ToString(), ["since"] = row.Since.UtcDateTime.ToString("u"), ["address"] = row.Address ?? "", ["browser"] = row.Browser ?? "" };
            await audit.AppendAsync(
                AuditEvent.By(by, row.TenantId, ended.Why is SignInEnd.SignedOut or SignInEnd.SignedOutElsewhere ? AuditAction.SignOut : AuditAction.SignInEnded, "user", row.UserId, name, ended.Why.Describe(ended.Limit), detail),
                CancellationToken.None);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "{Dependent} of user {UserId} could not be ended with their sign-in")]
        public static partial void NotEnded(ILogger logger, string dependent, Guid userId, Exception exception);
    }
}
