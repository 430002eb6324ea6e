using System.Net;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Sallyport.Portal.Access;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.Provider;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Overlay;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Sessions;
using IPNetwork = System.Net.IPNetwork;

namespace Sallyport.Portal.Data;

/// <summary>
/// All of the portal's state but the audit log. Rows of <see cref="ITenantOwned"/> types are filtered by the scope it
/// was opened with, and a row of another tenant cannot be written.
/// </summary>
public sealed class PortalDb(DbContextOptions<PortalDb> options, TenantScope scope) : IdentityUserContext<Account, Guid>(options)
{
    private readonly TenantScope _scope = scope;

    public DbSet<Tenant> Tenants => Set<Tenant>();

    public DbSet<User> People => Set<User>();

    public DbSet<PasswordAttempts> PasswordAttempts => Set<PasswordAttempts>();

    public DbSet<PortalSignIn> SignIns => Set<PortalSignIn>();

    public DbSet<IdentityProvider> IdentityProviders => Set<IdentityProvider>();

    public DbSet<ReceivedLogoutToken> ReceivedLogoutTokens => Set<ReceivedLogoutToken>();

    public DbSet<ProviderSignIn> ProviderSignIns => Set<ProviderSignIn>();

    public DbSet<Plant> Plants => Set<Plant>();

    public DbSet<PlantOperator> PlantOperators => Set<PlantOperator>();

    public DbSet<Asset> Assets => Set<Asset>();

    public DbSet<Service> Services => Set<Service>();

    public DbSet<Hub> Hubs => Set<Hub>();

    public DbSet<HubDrift> HubDrifts => Set<HubDrift>();

    public DbSet<Gateway> Gateways => Set<Gateway>();

    public DbSet<EnrollmentCode> EnrollmentCodes => Set<EnrollmentCode>();

    public DbSet<OverlayPath> OverlayPaths => Set<OverlayPath>();

    public DbSet<AccessPolicy> AccessPolicies => Set<AccessPolicy>();

    public DbSet<AccessRequest> AccessRequests => Set<AccessRequest>();

    public DbSet<Grant> Grants => Set<Grant>();

    public DbSet<Lockout> Lockouts => Set<Lockout>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<Watch> Watches => Set<Watch>();

    public DbSet<Release> Releases => Set<Release>();

    public DbSet<SessionRecording> Recordings => Set<SessionRecording>();

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        RefuseForeignRows();
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        RefuseForeignRows();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.UseOpenIddict<Guid>();
        builder.ApplyConfigurationsFromAssembly(typeof(PortalDb).Assembly);
        foreach (var type in builder.Model.GetEntityTypes().Where(t => typeof(ITenantOwned).IsAssignableFrom(t.ClrType)))
        {
            typeof(PortalDb).GetMethod(nameof(FilterByTenant), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
                .MakeGenericMethod(type.ClrType)
                .Invoke(this, [builder]);
        }
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        // Words, not numbers, so that a person can read the tables and reordering an enum breaks nothing.
        configurationBuilder.Properties<Enum>().HaveConversion<string>();

        // As text: these .NET types have no order, which keys and unique indexes ask for.
        configurationBuilder.Properties<IPAddress>().HaveConversion<IPAddressToStringConverter>();
        configurationBuilder.Properties<IPNetwork>().HaveConversion<IPNetworkConverter>();
    }

    private sealed class IPNetworkConverter() : ValueConverter<IPNetwork, string>(network => network.ToString(), text => IPNetwork.Parse(text));

    private void FilterByTenant<T>(ModelBuilder builder)
        where T : class, ITenantOwned
    {
        builder.Entity<T>().HasQueryFilter(row => _scope.IsSystem || row.TenantId == _scope.TenantId);
        builder.Entity<T>().HasOne<Tenant>().WithMany().HasForeignKey(row => row.TenantId).OnDelete(DeleteBehavior.Restrict);
    }

    private void RefuseForeignRows()
    {
        if (_scope.IsSystem)
        {
            return;
        }

        foreach (var entry in ChangeTracker.Entries<ITenantOwned>())
        {
            if (entry.State is not EntityState.Unchanged && entry.Entity.TenantId != _scope.TenantId)
            {
                throw new InvalidOperationException($"A {entry.Metadata.ClrType.Name} of another tenant cannot be written.");
            }
        }
    }
}
