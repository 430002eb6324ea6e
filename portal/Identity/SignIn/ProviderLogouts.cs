using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity.SignIn;

/// <summary>Ends what a provider says is over.</summary>
internal sealed class ProviderLogouts(PortalDbFactory factory, SignIns signIns)
{
    public async Task EndAsync(LogoutToken token)
    {
        var (issuer, subject, session) = (token.Issuer, token.Subject, token.Session);
        await using var db = factory.ForSystem();
        if (session is null)
        {
            foreach (var userId in await db.People.Where(u => u.Issuer == issuer && u.Subject == subject).Select(u => u.Id).ToListAsync())
            {
                await signIns.EndAllAsync(userId, SignInEnd.SignedOutAtProvider, null, CancellationToken.None);
            }

            return;
        }

        // Where the provider named no session at the sign-in, any of that person's may be the one.
        var ended = await (
            from s in db.SignIns
            join u in db.People on s.UserId equals u.Id
            where s.EndedAt == null && u.Issuer == issuer && (subject == null || u.Subject == subject) && (s.ProviderSession == session || (subject != null && s.ProviderSession == null))
            select new { s.Id, s.UserId }).ToListAsync();
        foreach (var signIn in ended)
        {
            await signIns.EndAsync(signIn.UserId, signIn.Id, SignInEnd.SignedOutAtProvider, null, CancellationToken.None);
        }
    }
}
