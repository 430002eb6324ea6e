using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Sessions;

/// <summary>Ends the sessions that were begun by a sign-in which ended.</summary>
internal sealed class SignedInSessions(PortalDbFactory factory, SessionTerminator terminator) : IEndsWithSignIn
{
    public async Task EndAsync(EndedSignIn ended, CancellationToken cancellationToken)
    {
        var (userId, signInId, newer) = (ended.UserId, ended.SignInId, ended.ReplacedBy);
        if (newer is not null)
        {
            await using var db = factory.ForSystem();
            await db.Sessions.Where(s => s.UserId == userId && s.SignInId == signInId && s.State != SessionState.Ended).ExecuteUpdateAsync(s => s.SetProperty(x => x.SignInId, newer), cancellationToken);
            return;
        }

        var reason = ended.Why is SignInEnd.Disabled or SignInEnd.RoleLost ? SessionEndReason.Revoked : SessionEndReason.SignedOut;
        await terminator.EndAllAsync(s => s.UserId == userId && (signInId == null || s.SignInId == signInId), reason, ended.Message, cancellationToken);
    }
}
