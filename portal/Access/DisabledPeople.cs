using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Access;

/// <summary>
/// Who is disabled keeps no grant and waits for none: an admin who enables them again, months later perhaps, gives back an account and no
/// access that somebody else had approved before.
/// </summary>
internal sealed class DisabledPeople(Grants grants, AccessRequests requests, ChangeFeed changes, PortalDbFactory factory) : IEndsWithSignIn
{
    private const string Reason = "The user was disabled.";

    public async Task EndAsync(EndedSignIn ended, CancellationToken cancellationToken)
    {
        if (ended.Why != SignInEnd.Disabled)
        {
            return;
        }

        // Requests first: one that is approved meanwhile is a grant that is revoked.
        var denied = await requests.DenyAllAsync(ended.By, ended.UserId, Reason, cancellationToken);
        var revoked = await grants.RevokeAllAsync(ended.By, ended.UserId, Reason, cancellationToken);
        if (denied + revoked > 0)
        {
            await using var db = factory.ForSystem();
            await changes.PublishAsync((await db.People.FindAsync([ended.UserId], cancellationToken))!.TenantId, cancellationToken);
        }
    }
}
