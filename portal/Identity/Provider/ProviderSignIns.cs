using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Identity.Provider;

/// <summary>Sign-ins at the embedded provider. With one of them end the codes and tokens that it gave, at whichever client, and the client hears of it (<see cref="ClientLogouts"/>).</summary>
internal sealed class ProviderSignIns(PortalDbFactory factory, IOptions<PortalOptions> portal, TimeProvider time) : IEndsWithSignIn
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public async Task<ProviderSignIn> BeginAsync(Guid accountId, CancellationToken cancellationToken)
    {
        var signIn = new ProviderSignIn { AccountId = accountId, AuthenticatedAt = time.GetUtcNow() };
        await using var db = factory.ForSystem();
        await db.ProviderSignIns.Where(s => s.AuthenticatedAt < signIn.AuthenticatedAt - Kept).ExecuteDeleteAsync(cancellationToken);
        db.Add(signIn);
        await db.SaveChangesAsync(cancellationToken);
        return signIn;
    }

    public async Task<bool> HoldsAsync(Guid id, Guid accountId, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        return await db.ProviderSignIns.AnyAsync(s => s.Id == id && s.AccountId == accountId && s.EndedAt == null, cancellationToken);
    }

    public async Task EndAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        await EndAsync(db.ProviderSignIns.Where(s => s.Id == id), cancellationToken);
    }

    public async Task EndAsync(EndedSignIn ended, CancellationToken cancellationToken)
    {
        var issuer = portal.Value.PublicUrl + ProviderRoutes.Base;
        await using var db = factory.ForSystem();
        if (ended.SignInId is { } signInId)
        {
            var newer = ended.ReplacedBy;
            await EndAsync(db.ProviderSignIns.Where(p => db.SignIns.Any(s => s.Id == signInId && s.ProviderSignInId == p.Id) && !db.SignIns.Any(s => s.Id == newer && s.ProviderSignInId == p.Id)), cancellationToken);
        }
        else if (await db.People.Where(u => u.Id == ended.UserId && u.Issuer == issuer).Select(u => u.Subject).FirstOrDefaultAsync(cancellationToken) is { } subject && Guid.TryParse(subject, out var accountId))
        {
            await EndAsync(db.ProviderSignIns.Where(s => s.AccountId == accountId), cancellationToken);
        }
    }

    private async Task EndAsync(IQueryable<ProviderSignIn> which, CancellationToken cancellationToken)
    {
        DateTimeOffset? now = time.GetUtcNow();
        await which.Where(s => s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, now).SetProperty(x => x.InformAt, x => x.Informs.Length > 0 ? now : null), cancellationToken);
    }
}
