using System.Net;
using Npgsql;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Data;

/// <summary>What a service manager or a load balancer is told.</summary>
[Collection(PostgresCollection.Name)]
public sealed class HealthTests(PortalInstance portal) : IClassFixture<PortalInstance>
{
    [Fact]
    public async Task A_portal_without_its_database_lives_but_is_not_ready_until_it_is_back()
    {
        using var anybody = portal.NewBrowser();
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await AskAsync(anybody, "ready"));

        var name = new NpgsqlConnectionStringBuilder(portal.Database.Portal).Database;
        await AdministerAsync($"alter database {name} with allow_connections false");
        await AdministerAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        try
        {
            await BecomesAsync(anybody, HttpStatusCode.ServiceUnavailable, "database: does not answer\n");
            Assert.Equal((HttpStatusCode.OK, "ok\n"), await AskAsync(anybody, "live"));
        }
        finally
        {
            await AdministerAsync($"alter database {name} with allow_connections true");
        }

        await BecomesAsync(anybody, HttpStatusCode.OK, "ok\n");
    }

    private static Task BecomesAsync(PortalBrowser browser, HttpStatusCode status, string text) =>
        Eventually.HoldsAsync($"the answer {status}", async () => await AskAsync(browser, "ready") == (status, text));

    private static async Task<(HttpStatusCode, string)> AskAsync(PortalBrowser browser, string what)
    {
        using var answer = await browser.Http.GetAsync($"/health/{what}");
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task AdministerAsync(string sql)
    {
        await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(portal.Database.Portal) { Database = "postgres", Username = "postgres" });
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
