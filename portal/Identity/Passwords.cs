using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Identity.SignIn;

namespace Sallyport.Portal.Identity;

public enum PasswordChange
{
    Done,

    /// <summary>The current password is wrong.</summary>
    Wrong,

    /// <summary>It was wrong too often, and was not looked at.</summary>
    Early,

    /// <summary>The new one is too short, too long, or the old one.</summary>
    Unfit,

    /// <summary>The user signs in at another provider, which keeps the password.</summary>
    Elsewhere,
}

/// <param name="Wait">After wrong passwords: how long until the next one is looked at.</param>
public sealed record PasswordChangeResult(PasswordChange Change, TimeSpan Wait = default);

/// <summary>Passwords at the embedded provider: changed by their owner, replaced by an admin. Either ends every sign-in of that user, and all that runs by one.</summary>
public sealed class Passwords(PortalDbFactory factory, IServiceScopeFactory scopes, IOptions<PortalOptions> portal, SignIns signIns, AuditLog audit)
{
    internal const int MaxLength = 200;

    public async Task<bool> AreHereAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        return await FindAsync(db, actor.UserId, cancellationToken) is not null;
    }

    public async Task<PasswordChangeResult> ChangeAsync(Actor actor, string current, string next, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var (throttle, failures) = (scope.ServiceProvider.GetRequiredService<PasswordThrottle>(), scope.ServiceProvider.GetRequiredService<FailedAttempts>());
        await using var db = await factory.ForAsync(actor, Policies.SignedIn, cancellationToken);
        if (await FindAsync(db, actor.UserId, cancellationToken) is not { } user || await accounts.FindByIdAsync(user.Subject) is not { } account)
        {
            return new(PasswordChange.Elsewhere);
        }

        var attempt = new PasswordAttempt(account.Id, AttemptSource.PasswordPage, null);
        if (!await throttle.TryBeginAsync(attempt, cancellationToken))
        {
            return await RefuseAsync(PasswordChange.Early, "Too soon after failed attempts; the current password was not looked at.");
        }

        if (current.Length > MaxLength || !await accounts.CheckPasswordAsync(account, current))
        {
            await failures.RecordAsync(attempt, cancellationToken);
            return await RefuseAsync(PasswordChange.Wrong, "The current password was wrong.");
        }

        await throttle.SucceedAsync(attempt, cancellationToken);
        await failures.ForgetOwnAsync(attempt, cancellationToken);
        account.HasTemporaryPassword = false;
        if (next.Length > MaxLength || next == current || !(await accounts.ChangePasswordAsync(account, current, next)).Succeeded)
        {
            return new(PasswordChange.Unfit);
        }

        await throttle.ClearAsync(account.Id, cancellationToken);
        await signIns.EndAllAsync(user.Id, SignInEnd.PasswordChanged, actor, CancellationToken.None);
        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.PasswordChanged, "user", user.Id, user.Name), cancellationToken);
        return new(PasswordChange.Done);

        async Task<PasswordChangeResult> RefuseAsync(PasswordChange change, string reason)
        {
            await audit.AppendAsync(AuditEvent.By(actor, AuditAction.PasswordChanged, "user", user.Id, user.Name, AuditResult.Refused, reason), cancellationToken);
            return new(change, await throttle.DelayAsync(attempt, cancellationToken));
        }
    }

    /// <summary>For a user who has forgotten theirs: a temporary one, which the result carries, and which nobody has to wait to use.</summary>
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
        account.HasTemporaryPassword = true;
        var replaced = await accounts.UpdateSecurityStampAsync(account);
        if (!replaced.Succeeded)
        {
            return new UserResult(user, string.Join(' ', replaced.Errors.Select(e => e.Description)));
        }

        await scope.ServiceProvider.GetRequiredService<PasswordThrottle>().ClearAsync(account.Id, cancellationToken);
        await signIns.EndAllAsync(user.Id, SignInEnd.PasswordChanged, admin, CancellationToken.None);
        await audit.AppendAsync(AuditEvent.By(admin, AuditAction.PasswordChanged, "user", user.Id, user.Name, reason: "Replaced by an admin."), cancellationToken);
        return new UserResult(user, null, password);
    }

    private Task<User?> FindAsync(PortalDb db, Guid userId, CancellationToken cancellationToken)
    {
        var issuer = portal.Value.PublicUrl + ProviderRoutes.Base;
        return db.People.AsNoTracking().FirstOrDefaultAsync(u => u.Id == userId && u.Issuer == issuer, cancellationToken);
    }
}
