using System.CommandLine;
using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Identity;

/// <summary><c>portal user add</c>: for the second organisation, and for who has no admin left.</summary>
internal static class UserCommands
{
    public static Command Create()
    {
        var userName = new Argument<string>("user-name") { Description = "What they type to sign in." };
        var roles = new Argument<Role[]>("role") { Description = string.Join(", ", Enum.GetNames<Role>()).ToLowerInvariant(), Arity = ArgumentArity.OneOrMore };
        var tenant = new Option<string>("--tenant") { Description = "The organisation that they belong to.", Required = true };
        var newTenant = new Option<bool>("--new-tenant") { Description = "Makes the organisation, if there is none of that name." };
        var name = new Option<string?>("--name") { Description = "What people see them as; else the user name." };
        var add = new Command("add", "Adds a user and prints a temporary password, which they replace at their first sign-in.") { userName, roles, tenant, newTenant, name };
        add.SetAction(async (result, cancellationToken) =>
        {
            var builder = Host.CreateApplicationBuilder();
            builder.AddPortalServices();
            using var host = builder.Build();
            var (users, tenantName) = (host.Services.GetRequiredService<UserDirectory>(), result.GetRequiredValue(tenant).Trim());
            var tenants = await TenantsAsync(host.Services, cancellationToken);
            if (tenantName.Length is 0 or > 100 || (!tenants.Contains(tenantName, StringComparer.Ordinal) && !result.GetValue(newTenant)))
            {
                await Console.Error.WriteLineAsync($"There is no organisation “{tenantName}”. There are: {string.Join(", ", tenants)}. With --new-tenant it is made.");
                return 2;
            }

            var chosen = result.GetRequiredValue(roles).Distinct().ToArray();
            var password = UserDirectory.NewPassword();
            var tenantId = (await users.TenantAsync(tenantName, cancellationToken)).Id;
            var added = await users.CreateAsync(tenantId, result.GetValue(name) ?? result.GetRequiredValue(userName), result.GetRequiredValue(userName), password, chosen, cancellationToken, temporary: true);
            if (added.User is not { } user)
            {
                await Console.Error.WriteLineAsync(added.Error);
                return 1;
            }

            await host.Services.GetRequiredService<AuditLog>().AppendAsync(
                AuditEvent.BySystem("command line", tenantId, AuditAction.UserAdded, "user", user.Id.ToString(), user.Name, reason: $"Roles: {string.Join(", ", chosen)}"),
                cancellationToken);
            Console.WriteLine(password);
            return 0;
        });
        return new Command("user", "Adds users.") { add };
    }

    private static async Task<List<string>> TenantsAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await using var db = services.GetRequiredService<PortalDbFactory>().ForSystem();
        return await db.Tenants.Select(t => t.Name).OrderBy(n => n).ToListAsync(cancellationToken);
    }
}
