using System.CommandLine;
using Npgsql;

namespace Sallyport.Portal.Data;

/// <summary><c>portal database migrate</c>: makes or upgrades the database, as its owner.</summary>
internal static class DataCommands
{
    public static Command Create()
    {
        var connection = new Option<string>("--connection")
        {
            Description = "Npgsql connection string of the database's owner; the portal itself never gets it.",
            Required = true,
        };
        var migrate = new Command("migrate", "Makes or upgrades the tables; can be run again at any time.") { connection };
        migrate.SetAction(async (result, cancellationToken) =>
        {
            await using var dataSource = NpgsqlDataSource.Create(result.GetRequiredValue(connection));
            try
            {
                await DatabaseSchema.ApplyAsync(dataSource, cancellationToken);
            }
            catch (UnknownSchemaException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }

            Console.WriteLine("The database is up to date.");
            return 0;
        });
        return new Command("database", "Makes or upgrades the database.") { migrate };
    }
}
