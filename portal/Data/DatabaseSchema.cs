using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Sallyport.Portal.Data;

/// <summary>
/// Everything the database needs, applied by its owner: the migrations, then each feature's own SQL (embedded, and
/// written so that it can run again), which also says what the portal's role may do.
/// </summary>
public static class DatabaseSchema
{
    /// <summary>The role that the portal runs as; whoever makes the cluster makes it.</summary>
    public const string PortalRole = "sallyport_portal";

    /// <exception cref="UnknownSchemaException">The database has changes that this version does not know. Nothing was done to it.</exception>
    public static async Task ApplyAsync(NpgsqlDataSource owner, CancellationToken cancellationToken)
    {
        await using (var db = new PortalDbFactory(owner).ForSystem())
        {
            var unknown = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).Except(db.Database.GetMigrations()).ToList();
            if (unknown.Count > 0)
            {
                throw new UnknownSchemaException(unknown[^1]);
            }

            await db.Database.MigrateAsync(cancellationToken);
        }

        var assembly = typeof(DatabaseSchema).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            await using var command = owner.CreateCommand(await reader.ReadToEndAsync(cancellationToken));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
