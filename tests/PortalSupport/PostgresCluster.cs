using System.Diagnostics;
using Npgsql;
using Sallyport.Portal.Data;

namespace Sallyport.Portal.Tests.Support;

/// <summary>
/// A throw-away PostgreSQL cluster on a Unix socket, one for the whole test run, with the two roles that a real
/// installation has. Each test class makes its own database in it.
/// </summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    private static readonly string Binaries = Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last() + "/bin";

    private const string Template = "sallyport_template";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"sallyport-pg-{Guid.NewGuid():N}"[..24]);
    private int _databases;

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        if (Environment.IsPrivilegedProcess)
        {
            // It never runs as root; as anybody else it runs as who runs the tests.
            await RunAsync("chown", "postgres:postgres", _folder);
        }

        await AsPostgresAsync($"{Binaries}/initdb", "-D", $"{_folder}/data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
        await AsPostgresAsync($"{Binaries}/pg_ctl", "-D", $"{_folder}/data", "-w", "-l", $"{_folder}/log", "-o", $"-k {_folder} -c listen_addresses='' -c fsync=off", "start");
        await using var admin = NpgsqlDataSource.Create(ConnectionString("postgres", "postgres"));
        await using var roles = admin.CreateCommand("create role sallyport_owner login; create role sallyport_portal login;");
        await roles.ExecuteNonQueryAsync();

        // The migrations run once; each database is a copy of what they made.
        await CreateAsync(Template, "template1");
        await using var owner = NpgsqlDataSource.Create(ConnectionString(Template, "sallyport_owner") + ";Pooling=false");
        await DatabaseSchema.ApplyAsync(owner, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await AsPostgresAsync($"{Binaries}/pg_ctl", "-D", $"{_folder}/data", "-m", "immediate", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A new database with the whole schema; gives the names to connect by.</summary>
    public async Task<TestDatabase> CreateDatabaseAsync()
    {
        var name = $"t{Interlocked.Increment(ref _databases)}";
        await CreateAsync(name, Template);
        return new TestDatabase(ConnectionString(name, "sallyport_owner"), ConnectionString(name, "sallyport_portal"));
    }

    private async Task CreateAsync(string name, string template)
    {
        await using var admin = NpgsqlDataSource.Create(ConnectionString("postgres", "postgres"));
        await using var create = admin.CreateCommand($"create database {name} owner sallyport_owner template {template}");
        await create.ExecuteNonQueryAsync();
    }

    private string ConnectionString(string database, string user) => $"Host={_folder};Database={database};Username={user};Maximum Pool Size=20";

    private static Task AsPostgresAsync(string program, params string[] arguments) =>
        Environment.IsPrivilegedProcess
            ? RunAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments])
            : RunAsync(program, arguments);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Output goes nowhere: pg_ctl's server would inherit a pipe and keep it open.
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments]) { WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} exited with {process.ExitCode}.");
        }
    }
}

/// <summary>Two connection strings to one database: its owner's, and the one that the portal runs with.</summary>
public sealed record TestDatabase(string Owner, string Portal);
