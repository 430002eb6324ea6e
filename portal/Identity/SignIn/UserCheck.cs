using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Asks the database whether a principal still holds, at most every two seconds for each user; and ends the longest session.</summary>
internal sealed partial class UserCheck(PortalDbFactory factory, IOptions<RelyingPartyOptions> options, TimeProvider time, ILogger<UserCheck> log)
{
    private static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, (int? Version, long At)> _known = new();

    public async Task<bool> HoldsAsync(ClaimsPrincipal? principal, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(principal?.FindFirstValue(PortalClaims.UserId), out var id)
            || !int.TryParse(principal!.FindFirstValue(PortalClaims.SessionVersion), CultureInfo.InvariantCulture, out var version)
            || !long.TryParse(principal!.FindFirstValue(PortalClaims.Since), CultureInfo.InvariantCulture, out var since)
            || time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(since) > options.Value.SessionLimit)
        {
            return false;
        }

        // A cookie that is newer than what is remembered was made since: whoever has just signed in must not be sent back.
        if (!_known.TryGetValue(id, out var known) || time.GetElapsedTime(known.At) > CacheTime || version > known.Version)
        {
            await using var db = factory.ForSystem();
            var user = await db.People.AsNoTracking().Where(u => u.Id == id).Select(u => new { u.SessionVersion, u.DisabledAt }).FirstOrDefaultAsync(cancellationToken);
            known = (user is { DisabledAt: null } ? user.SessionVersion : null, time.GetTimestamp());
            _known[id] = known;
        }

        return known.Version == version;
    }

    /// <summary>For a page that is open: as long as the database cannot say, it stays, and is asked about again.</summary>
    public async Task<bool> MayStayAsync(ClaimsPrincipal? principal, CancellationToken cancellationToken)
    {
        try
        {
            return await HoldsAsync(principal, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException { InnerException: NpgsqlException })
        {
            Log.Unknown(log, e.InnerException?.Message ?? e.Message);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Whether a user may stay signed in cannot be read, trying again: {Reason}")]
        public static partial void Unknown(ILogger logger, string reason);
    }
}

/// <summary>Ends a Blazor circuit's sign-in too, within seconds.</summary>
internal sealed class CircuitRevalidation(ILoggerFactory logs, UserCheck check) : RevalidatingServerAuthenticationStateProvider(logs)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(5);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        check.MayStayAsync(authenticationState.User, cancellationToken);
}
