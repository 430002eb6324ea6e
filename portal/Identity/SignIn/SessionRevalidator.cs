using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Asks the database whether a sign-in still holds, at most every two seconds for each; and ends the longest.</summary>
internal sealed class SessionRevalidator(PortalDbFactory factory, IOptions<RelyingPartyOptions> options, TimeProvider time) : IEndsWithSignIn
{
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SeenStep = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, (User? User, PortalSignIn? SignIn, long At)> _known = new();

    /// <summary>The principal with the name and roles that the user has now; null when its sign-in does not hold any more.</summary>
    public async Task<ClaimsPrincipal?> NowAsync(ClaimsPrincipal? principal, CancellationToken cancellationToken)
    {
        if (PortalClaims.SignInOf(principal) is not var (userId, signInId))
        {
            return null;
        }

        if (!_known.TryGetValue(signInId, out var known) || time.GetElapsedTime(known.At) > CacheTime)
        {
            Forget();
            known = await ReadAsync(signInId, cancellationToken);
            _known[signInId] = known;
        }

        return known is { User: { } user, SignIn: { } signIn } && user.Id == userId && time.GetUtcNow() - signIn.Since <= options.Value.SessionLimit
            ? PortalCookie.Principal(user, signIn)
            : null;
    }

    public Task EndAsync(EndedSignIn ended, CancellationToken cancellationToken)
    {
        foreach (var (id, known) in _known)
        {
            if (known.User is { } user && ended.Covers(user.Id, id))
            {
                _known.TryRemove(id, out _);
            }
        }

        return Task.CompletedTask;
    }

    private async Task<(User?, PortalSignIn?, long)> ReadAsync(Guid signInId, CancellationToken cancellationToken)
    {
        var (now, at) = (time.GetUtcNow(), time.GetTimestamp());
        await using var db = factory.ForSystem();
        var found = await (
            from s in db.SignIns.AsNoTracking()
            join u in db.People.AsNoTracking() on s.UserId equals u.Id
            where s.Id == signInId && s.EndedAt == null && u.DisabledAt == null
            select new { SignIn = s, User = u }).FirstOrDefaultAsync(cancellationToken);
        if (found is not null && now - found.SignIn.LastSeenAt > SeenStep)
        {
            await db.SignIns.Where(s => s.Id == signInId).ExecuteUpdateAsync(s => s.SetProperty(x => x.LastSeenAt, now), cancellationToken);
        }

        return (found?.User, found?.SignIn, at);
    }

    // Whoever is not here any more would stay in memory.
    private void Forget()
    {
        foreach (var (id, known) in _known)
        {
            if (time.GetElapsedTime(known.At) > CacheTime)
            {
                _known.TryRemove(new(id, known));
            }
        }
    }
}
