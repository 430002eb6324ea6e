using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Plants;

namespace Sallyport.Portal.Identity;

/// <param name="Error">For a person; null when it was done.</param>
public sealed record UserResult(User? User, string? Error, string? InitialPassword = null);

/// <summary>The portal's users: found at sign-in by issuer and subject, added and changed by admins.</summary>
public sealed class UserDirectory(PortalDbFactory factory, IServiceScopeFactory scopes, IOptions<PortalOptions> portal, SignInProviders providers, SignIns signIns, AuditLog audit, TimeProvider time)
{
    private string EmbeddedIssuer => portal.Value.PublicUrl + ProviderRoutes.Base;

    internal async Task<User?> FindAsync(AuthenticatedIdentity identity, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        return await db.People.AsNoTracking().FirstOrDefaultAsync(u => u.Issuer == identity.Issuer && u.Subject == identity.Subject, cancellationToken);
    }

    /// <summary>Takes in somebody whom the company's provider vouches for; null when they have no role here.</summary>
    internal async Task<User?> AddAsync(AuthenticatedIdentity identity, ProviderRules rules, CancellationToken cancellationToken)
    {
        var roles = rules.RolesOf(identity);
        if (!rules.TakesIn || rules.TenantOf(identity) is not { } tenantId || roles.Length == 0)
        {
            return null;
        }

        var user = new User
        {
            TenantId = tenantId,
            Issuer = identity.Issuer,
            Subject = identity.Subject,
            Name = identity.Name,
            Roles = roles,
            CreatedAt = time.GetUtcNow(),
        };
        await using var db = factory.ForSystem();
        db.Add(user);
        await db.SaveChangesAsync(cancellationToken);
        await audit.AppendAsync(AuditEvent.BySystem("sign-in", tenantId, AuditAction.UserAdded, "user", user.Id.ToString(), user.Name, reason: "First sign-in at the company's provider."), cancellationToken);
        return user;
    }

    /// <summary>Whether the user signs in at the embedded provider.</summary>
    internal bool IsEmbedded(User user) => user.Issuer == EmbeddedIssuer;

    /// <summary>Whether the company's provider says what the user may do here, at each sign-in; else an admin does.</summary>
    public bool FollowsProvider(User user) => providers.Of(user.Issuer).Any(provider => provider.Rules.GivesRoles);

    /// <summary>Gives the user the roles that the company's provider says now. What a lost one allowed ends at once.</summary>
    internal async Task<User> FollowAsync(User user, AuthenticatedIdentity identity, ProviderRules rules, CancellationToken cancellationToken)
    {
        var roles = rules.RolesOf(identity);
        if (roles.ToHashSet().SetEquals(user.Roles))
        {
            return user;
        }

        // The provider's word stands even against the last admin: it can give the role back, as can the command line.
        await using var db = factory.ForSystem();
        await using var transaction = await OneAtATimeAsync(db, user.TenantId, cancellationToken);
        var stored = await db.People.FirstAsync(u => u.Id == user.Id, cancellationToken);
        var lost = stored.Roles.Except(roles).ToArray();
        var before = stored.Roles;
        stored.Roles = roles;
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await audit.AppendAsync(
            AuditEvent.BySystem("sign-in", stored.TenantId, AuditAction.UserChanged, "user", stored.Id.ToString(), stored.Name, reason: $"Roles at the company's provider: {Names(roles)}; before: {Names(before)}."),
            CancellationToken.None);
        if (lost.Length > 0)
        {
            await signIns.EndAllAsync(stored.Id, SignInEnd.RoleLost, null, CancellationToken.None);
        }

        return stored;

        static string Names(Role[] roles) => roles.Length == 0 ? "none" : string.Join(", ", roles);
    }

    public async Task<IReadOnlyList<User>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        return await db.People.AsNoTracking().OrderBy(u => u.Name).ToListAsync(cancellationToken);
    }

    public async Task<bool> AnyAsync(CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        return await db.People.AnyAsync(cancellationToken);
    }

    public async Task<UserResult> AddAsync(Actor actor, string name, string userName, IReadOnlyCollection<Role> roles, CancellationToken cancellationToken)
    {
        actor = await factory.ProveAsync(actor, Policies.Admin, cancellationToken);
        var password = NewPassword();
        var result = await CreateAsync(actor.TenantId, name, userName, password, roles, cancellationToken, temporary: true);
        if (result.User is { } user)
        {
            await audit.AppendAsync(AuditEvent.By(actor, AuditAction.UserAdded, "user", user.Id, user.Name, reason: $"Roles: {string.Join(", ", roles)}"), cancellationToken);
        }

        return result with { InitialPassword = result.Error is null ? password : null };
    }

    /// <summary>Makes account and user.</summary>
    /// <param name="temporary">Whether somebody else has seen the password, so that it is to be replaced at the first sign-in.</param>
    internal async Task<UserResult> CreateAsync(Guid tenantId, string name, string userName, string password, IReadOnlyCollection<Role> roles, CancellationToken cancellationToken, bool temporary = false)
    {
        if (name.Trim() is not { Length: > 0 and <= 100 } cleanName)
        {
            return new UserResult(null, "Give a name of at most 100 characters.");
        }

        if (roles.Count == 0)
        {
            return new UserResult(null, "Choose at least one role.");
        }

        // Account and user in one: an account without a user could sign in at other clients, and hold its name forever.
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var accounts = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var account = new Account { Id = Guid.CreateVersion7(), UserName = userName.Trim(), DisplayName = cleanName, HasTemporaryPassword = temporary };
        var created = await accounts.CreateAsync(account, password);
        if (!created.Succeeded)
        {
            return new UserResult(null, string.Join(" ", created.Errors.Select(e => e.Description)));
        }

        var user = new User { TenantId = tenantId, Issuer = EmbeddedIssuer, Subject = account.Id.ToString(), Name = cleanName, Roles = [.. roles.Distinct()], CreatedAt = time.GetUtcNow() };
        db.Add(user);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new UserResult(user, null);
    }

    internal async Task<Tenant> TenantAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var tenant = await db.Tenants.FirstOrDefaultAsync(t => t.Name == name, cancellationToken);
        if (tenant is null)
        {
            tenant = new Tenant { Name = name, CreatedAt = time.GetUtcNow() };
            db.Add(tenant);
            await db.SaveChangesAsync(cancellationToken);
        }

        return tenant;
    }

    public async Task<UserResult> SetRolesAsync(Actor actor, Guid userId, IReadOnlyCollection<Role> roles, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        await using var transaction = await OneAtATimeAsync(db, actor.TenantId, cancellationToken);
        if (await db.People.FirstOrDefaultAsync(u => u.Id == userId, cancellationToken) is not { } user)
        {
            return new UserResult(null, "This user does not exist any more.");
        }

        if (FollowsProvider(user))
        {
            return new UserResult(user, $"The company's provider says which roles {user.Name} has. Change them there.");
        }

        if (roles.Count == 0)
        {
            return new UserResult(user, "Choose at least one role, or disable the user.");
        }

        if (!roles.Contains(Role.Admin) && await IsLastAdminAsync(db, user, cancellationToken))
        {
            return new UserResult(user, "This is the last admin. Make somebody else an admin first.");
        }

        var lost = user.Roles.Except(roles).Any();
        user.Roles = [.. roles.Distinct()];
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (lost)
        {
            await signIns.EndAllAsync(user.Id, SignInEnd.RoleLost, actor, CancellationToken.None);
        }

        await audit.AppendAsync(AuditEvent.By(actor, AuditAction.UserChanged, "user", user.Id, user.Name, reason: $"Roles: {string.Join(", ", user.Roles)}"), CancellationToken.None);

        return new UserResult(user, null);
    }

    public async Task<UserResult> SetDisabledAsync(Actor actor, Guid userId, bool disabled, string reason, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Admin, cancellationToken);
        await using var transaction = await OneAtATimeAsync(db, actor.TenantId, cancellationToken);
        if (await db.People.FirstOrDefaultAsync(u => u.Id == userId, cancellationToken) is not { } user)
        {
            return new UserResult(null, "This user does not exist any more.");
        }

        if (disabled && (user.Id == actor.UserId || await IsLastAdminAsync(db, user, cancellationToken)))
        {
            return new UserResult(user, "You cannot disable yourself or the last admin.");
        }

        if (!disabled && user.DisabledAt is not null)
        {
            // Whatever was given to them meanwhile, or could not be ended then: nothing comes back by enabling.
            await signIns.EndAllAsync(user.Id, SignInEnd.Disabled, actor, cancellationToken);
        }

        user.DisabledAt = disabled ? time.GetUtcNow() : null;
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (disabled)
        {
            await signIns.EndAllAsync(user.Id, SignInEnd.Disabled, actor, CancellationToken.None);
        }

        await audit.AppendAsync(AuditEvent.By(actor, disabled ? AuditAction.UserDisabled : AuditAction.UserChanged, "user", user.Id, user.Name, reason: disabled ? reason : "Enabled again."), CancellationToken.None);

        return new UserResult(user, null);
    }

    /// <summary>Twenty letters and digits that cannot be mistaken for one another: 99 bits.</summary>
    internal static string NewPassword() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 5)));

    // Two admins who take the role from each other at the same moment must not both be right that there is another.
    private static async Task<IDbContextTransaction> OneAtATimeAsync(PortalDb db, Guid tenantId, CancellationToken cancellationToken)
    {
        var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"select 1 from tenants where id = {tenantId} for no key update", cancellationToken);
        return transaction;
    }

    private static async Task<bool> IsLastAdminAsync(PortalDb db, User user, CancellationToken cancellationToken)
    {
        var admins = await db.People.Where(u => u.DisabledAt == null && u.Id != user.Id).Select(u => u.Roles).ToListAsync(cancellationToken);
        return user.Roles.Contains(Role.Admin) && !admins.Any(roles => roles.Contains(Role.Admin));
    }
}
