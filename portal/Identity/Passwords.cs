using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.Provider;

namespace Sallyport.Portal.Identity;

public enum PasswordChange
{
    Done,

    /// <summary>The current password is wrong, or was wrong too often.</summary>
    Wrong,

    /// <summary>The new one is too short, too long, or the old one.</summary>
    Unfit,

    /// <summary>The user signs in at another provider, which keeps the password.</summary>
    Elsewhere,
}

/// <summary>Passwords at the embedded provider: changed by their owner, replaced by an admin. Either ends every sign-in of that user.</summary>
public sealed class Passwords(PortalDbFactory factory, IServiceScopeFactory scopes, IOptions<PortalOptions> portal, AuditLog audit)
{
    private const int MaxLength = 200;

    public async Task<bool> AreHereAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        return await FindAsync(db, actor.UserId, cancellationToken) is not null;
    }

    public async Task<PasswordChange> ChangeAsync(Actor actor, string current, string next, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var states = scope.ServiceProvider.GetRequiredService<ProviderAccounts>();
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        if (await FindAsync(db, actor.UserId, cancellationToken) is not { } user || await accounts.FindByIdAsync(user.Subject) is not { } account)
        {
            return PasswordChange.Elsewhere;
        }

        if (current.Length > MaxLength || !await states.MayTryAsync(account.Id, cancellationToken) || !await accounts.CheckPasswordAsync(account, current))
        {
            await audit.AppendAsync(AuditEvent.By(actor, AuditAction.PasswordChanged, "user", user.Id, user.Name, AuditResult.Refused, "The current password was wrong, or the account is locked."), cancellationToken);
            return PasswordChange.Wrong;
        }

        await states.ForgiveAsync(account.Id, cancellationToken);
        if (next.Length > MaxLength || next == current || !(await accounts.ChangePasswordAsync(account, current, next)).Succeeded)
        {
            return PasswordChange.Unfit;
        }

        await EndSignInsAsync(db, user, cancellationToken);
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.PasswordChanged, "user", user.Id, user.Name), cancellationToken);
        return PasswordChange.Done;
    }

    /// <summary>For who has forgotten theirs: a new one, which the result carries; a locked account is open again.</summary>
    public async Task<UserResult> ReplaceAsync(Actor admin, Guid userId, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        await using var db = await factory.ForAsync(admin, Policies.Admin, cancellationToken);
        if (await FindAsync(db, userId, cancellationToken) is not { } user || await accounts.FindByIdAsync(user.Subject) is not { } account)
        {
            return new UserResult(null, "This user's password is not kept here: it belongs to the company's sign-in service.");
        }

        var password = UserDirectory.NewPassword();
        account.PasswordHash = accounts.PasswordHasher.HashPassword(account, password);
        var replaced = await accounts.UpdateSecurityStampAsync(account);
        if (!replaced.Succeeded)
        {
            return new UserResult(user, string.Join(' ', replaced.Errors.Select(e => e.Description)));
        }

        await scope.ServiceProvider.GetRequiredService<ProviderAccounts>().ForgiveAsync(account.Id, cancellationToken);
        await EndSignInsAsync(db, user, cancellationToken);
        await audit.AppendAsync(AuditEvent.By(admin, AuditAction.PasswordChanged, "user", user.Id, user.Name, reason: "Replaced by an admin."), cancellationToken);
        return new UserResult(user, null, password);
    }

    private Task<User?> FindAsync(PortalDb db, Guid userId, CancellationToken cancellationToken)
    {
        var issuer = portal.Value.PublicUrl + ProviderRoutes.Base;
        return db.People.AsNoTracking().FirstOrDefaultAsync(u => u.Id == userId && u.Issuer == issuer, cancellationToken);
    }

    private static Task<int> EndSignInsAsync(PortalDb db, User user, CancellationToken cancellationToken) =>
        db.People.Where(u => u.Id == user.Id).ExecuteUpdateAsync(u => u.SetProperty(x => x.SessionVersion, x => x.SessionVersion + 1), cancellationToken);
}
