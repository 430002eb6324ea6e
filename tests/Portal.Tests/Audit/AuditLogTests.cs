using Npgsql;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Audit;

[Collection(PostgresCollection.Name)]
public sealed class AuditLogTests(PostgresCluster cluster)
{
    private static readonly Actor Admin = new(Guid.NewGuid(), "Admin", Guid.NewGuid(), new HashSet<Role> { Role.Admin }, "192.0.2.1");

    [Fact]
    public async Task Parallel_appends_make_one_unbroken_chain()
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var portal = NpgsqlDataSource.Create(database.Portal);

        await AppendAsync(portal, 64);

        var verification = await new AuditVerifier(portal).VerifyAsync(null, CancellationToken.None);
        Assert.Equal((64L, (long?)null), (verification.Checked, verification.FirstBroken));
    }

    [Theory]
    [InlineData("update audit.entries set body = '{}'")]
    [InlineData("delete from audit.entries")]
    [InlineData("truncate audit.entries")]
    [InlineData("insert into audit.entries (seq, prev, hash, body) values (99, '', '', '{}')")]
    [InlineData("alter table audit.entries disable trigger all")]
    public async Task The_portals_role_cannot(string sql)
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var portal = NpgsqlDataSource.Create(database.Portal);
        await AppendAsync(portal, 1);

        await using var command = portal.CreateCommand(sql);
        var error = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
    }

    [Theory]
    [InlineData("update audit.entries set body = replace(body, 'Admin', 'Other') where seq = 3", 3)]
    [InlineData("delete from audit.entries where seq = 3", 3)]
    [InlineData("update audit.entries set seq = 100 where seq = 3; update audit.entries set seq = 3 where seq = 4; update audit.entries set seq = 4 where seq = 100", 3)]
    public async Task A_changed_log_is_found_and_the_first_broken_entry_named(string tampering, long broken)
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var portal = NpgsqlDataSource.Create(database.Portal);
        await AppendAsync(portal, 6);
        await TamperAsync(database, tampering);

        var verification = await new AuditVerifier(portal).VerifyAsync(null, CancellationToken.None);

        Assert.Equal(broken, verification.FirstBroken);
    }

    [Fact]
    public async Task A_log_that_was_cut_at_its_end_is_seen_against_a_head_kept_elsewhere()
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var portal = NpgsqlDataSource.Create(database.Portal);
        await AppendAsync(portal, 6);
        var head = (await new AuditVerifier(portal).VerifyAsync(null, CancellationToken.None)).Head.Split(':');
        await TamperAsync(database, "delete from audit.entries where seq > 4");

        Assert.Null((await new AuditVerifier(portal).VerifyAsync(null, CancellationToken.None)).FirstBroken);
        Assert.Equal(5, (await new AuditVerifier(portal).VerifyAsync((long.Parse(head[0]), head[1]), CancellationToken.None)).FirstBroken);
    }

    [Fact]
    public async Task A_search_finds_only_the_tenants_own_entries()
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var portal = NpgsqlDataSource.Create(database.Portal);
        var log = new AuditLog(portal, TimeProvider.System);
        var foreign = Admin with { TenantId = Guid.NewGuid(), Name = "Foreign" };
        await log.AppendAsync(AuditEvent.By(Admin, AuditAction.PlantAdded, "plant", Guid.NewGuid(), "100% line_1"), CancellationToken.None);
        await log.AppendAsync(AuditEvent.By(foreign, AuditAction.PlantAdded, "plant", Guid.NewGuid(), "100% line_1"), CancellationToken.None);

        var factory = new PortalDbFactory(portal);
        await using (var db = factory.ForSystem())
        {
            var tenant = new Tenant { Id = Admin.TenantId, Name = "Own", CreatedAt = DateTimeOffset.UtcNow };
            db.AddRange(tenant, new User { Id = Admin.UserId, TenantId = tenant.Id, Issuer = "test", Subject = "admin", Name = Admin.Name, Roles = [Role.Admin], CreatedAt = tenant.CreatedAt });
            await db.SaveChangesAsync();
        }

        var found = await new AuditSearch(portal, factory, new Installation(factory)).FindAsync(Admin, new AuditQuery("0% line_", "plant.add", AuditResult.Success, null, null, null), CancellationToken.None);

        Assert.Equal("Admin", Assert.Single(found).Field("actorName"));
    }

    private static async Task AppendAsync(NpgsqlDataSource dataSource, int count)
    {
        var log = new AuditLog(dataSource, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, count).Select(i =>
            log.AppendAsync(AuditEvent.By(Admin, AuditAction.SignIn, "user", Admin.UserId, $"Entry {i} \0 ü"), CancellationToken.None)));
    }

    private static async Task TamperAsync(TestDatabase database, string sql)
    {
        await using var owner = NpgsqlDataSource.Create(database.Owner);
        await using var command = owner.CreateCommand($"alter table audit.entries disable trigger all; alter table audit.entries drop constraint entries_pkey; {sql}");
        await command.ExecuteNonQueryAsync();
    }
}
