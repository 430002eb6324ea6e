using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sallyport.Portal.Data;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Data;

[Collection(PostgresCollection.Name)]
public sealed class SchemaTests(PostgresCluster cluster)
{
    [Fact]
    public async Task The_schema_can_be_applied_again_and_matches_the_model()
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var owner = NpgsqlDataSource.Create(database.Owner);

        await DatabaseSchema.ApplyAsync(owner, CancellationToken.None);

        await using var db = new PortalDbFactory(owner).ForSystem();
        Assert.False(db.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task A_database_of_another_version_is_left_as_it_is_and_named()
    {
        var database = await cluster.CreateDatabaseAsync();
        await using var owner = NpgsqlDataSource.Create(database.Owner);
        await using var command = owner.CreateCommand("""insert into "__EFMigrationsHistory" ("MigrationId", "ProductVersion") values ('20991231000000_FromTheFuture', '99.0.0')""");
        await command.ExecuteNonQueryAsync();

        var refused = await Assert.ThrowsAsync<UnknownSchemaException>(() => DatabaseSchema.ApplyAsync(owner, CancellationToken.None));

        Assert.Contains("20991231000000_FromTheFuture", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_table_with_a_tenant_is_filtered_by_it()
    {
        await using var dataSource = NpgsqlDataSource.Create("Host=nowhere");
        await using var db = new PortalDbFactory(dataSource).ForSystem();

        foreach (var type in db.Model.GetEntityTypes().Where(type => type.FindProperty("TenantId") is not null))
        {
            Assert.True(typeof(ITenantOwned).IsAssignableFrom(type.ClrType), type.Name);
            Assert.NotEmpty(type.GetDeclaredQueryFilters());
        }
    }
}
