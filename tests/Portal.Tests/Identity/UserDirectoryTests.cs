using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Identity;

[Collection(PostgresCollection.Name)]
public sealed class UserDirectoryTests(PortalInstance portal) : IClassFixture<PortalInstance>
{
    private UserDirectory Users => portal.Services.GetRequiredService<UserDirectory>();

    [Fact]
    public async Task Two_admins_who_take_each_others_role_at_once_leave_one()
    {
        for (var round = 0; round < 10; round++)
        {
            var (one, other) = (await AdminAsync(), await AdminAsync());
            foreach (var user in (await Users.ListAsync(one, CancellationToken.None)).Where(u => u.Id != one.UserId && u.Id != other.UserId && u.DisabledAt is null && u.Roles.Contains(Role.Admin)))
            {
                Assert.Null((await Users.SetDisabledAsync(one, user.Id, true, "round", CancellationToken.None)).Error);
            }

            var results = await Task.WhenAll(
                DoneAsync(Users.SetRolesAsync(one, other.UserId, [Role.Technician], CancellationToken.None)),
                DoneAsync(Users.SetDisabledAsync(other, one.UserId, true, "rival", CancellationToken.None)));

            Assert.Single(results, done => done);
        }

        // Who comes second is told that there is no other admin, or is none themselves any more.
        static async Task<bool> DoneAsync(Task<UserResult> act)
        {
            try
            {
                return (await act).Error is null;
            }
            catch (AccessRefusedException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_name_that_is_taken_makes_neither_account_nor_user()
    {
        var user = await portal.AddUserAsync(Role.Technician);
        var admin = await AdminAsync();
        var before = await portal.CountAsync("select (select count(*) from asp_net_users) + (select count(*) from people)");

        var result = await Users.AddAsync(admin, "Somebody else", user.UserName, [Role.Admin], CancellationToken.None);

        Assert.Contains("is already taken", result.Error, StringComparison.Ordinal);
        Assert.Null(result.InitialPassword);
        Assert.Equal(before, await portal.CountAsync("select (select count(*) from asp_net_users) + (select count(*) from people)"));
    }

    [Fact]
    public async Task A_sign_in_is_asked_about_again_when_the_database_is_back_and_holds_for_whom_it_is()
    {
        var check = portal.Services.GetRequiredService<SessionRevalidator>();
        var user = (await portal.AddUserAsync(Role.Technician)).User;
        var other = (await portal.AddUserAsync(Role.Technician)).User;
        var signIn = await portal.Services.GetRequiredService<SignIns>().BeginAsync(user, DateTimeOffset.UtcNow, null, null, null, CancellationToken.None);
        var principal = PortalCookie.Principal(user, signIn);
        var another = PortalCookie.Principal(other, signIn);

        await RefuseConnectionsAsync(true);
        try
        {
            await Assert.ThrowsAnyAsync<Exception>(() => check.NowAsync(principal, CancellationToken.None));
        }
        finally
        {
            await RefuseConnectionsAsync(false);
        }

        Assert.NotNull(await check.NowAsync(principal, CancellationToken.None));
        Assert.Null(await check.NowAsync(another, CancellationToken.None));
    }

    private async Task<Actor> AdminAsync()
    {
        var user = (await portal.AddUserAsync(Role.Admin)).User;
        return new Actor(user.Id, user.Name, user.TenantId, user.Roles.ToHashSet(), null);
    }

    /// <summary>As a server that restarts does: it cuts what is connected and takes nobody new.</summary>
    private async Task RefuseConnectionsAsync(bool refuse)
    {
        var name = new NpgsqlConnectionStringBuilder(portal.Database.Owner).Database;
        var server = new NpgsqlConnectionStringBuilder(portal.Database.Owner) { Database = "postgres", Username = "postgres" };
        await using var postgres = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = postgres.CreateCommand(
            $"alter database {name} allow_connections {(refuse ? "false" : "true")}; select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        await command.ExecuteNonQueryAsync();
    }
}
