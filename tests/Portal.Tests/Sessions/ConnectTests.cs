using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Sessions;

[Collection(PostgresCollection.Name)]
public sealed class ConnectTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task Without_a_grant_there_is_no_session_and_the_refusal_is_audited()
    {
        var technician = await world.PersonAsync(Role.Technician);

        var outcome = await world.Broker.ConnectAsync(technician, world.Terminal.Id, default);

        Assert.Equal("You have no grant for this service right now. Ask for access first.", outcome.Error);
        Assert.Contains(await world.AuditAsync(AuditAction.SessionRequested, world.Terminal.Id), e => e.Field("result") == "refused" && e.Field("actorId") == technician.UserId.ToString());
    }

    [Fact]
    public async Task A_grant_opens_only_its_own_service()
    {
        var technician = await world.PersonAsync(Role.Technician);
        await world.GrantAsync(technician, world.Terminal);

        Assert.NotNull((await world.Broker.ConnectAsync(technician, world.Maintenance.Id, default)).Error);
    }

    [Fact]
    public async Task The_path_is_open_from_connect_to_the_end_and_for_that_port_alone()
    {
        var (technician, session) = await world.ReadyAsync();

        var path = world.Hub.Paths[session.Id];
        Assert.Equal((22, "10.0.0.2"), (path.Port, path.Gateway));
        Assert.InRange(path.RemainingSeconds, 3590, 3601);

        await world.Get<SessionQueries>().EndOwnAsync(technician, session.Id, default);

        Assert.DoesNotContain(session.Id, world.Hub.Paths.Keys);
        Assert.Single(await world.AuditAsync(AuditAction.PathOpened, session.Id));
        Assert.Single(await world.AuditAsync(AuditAction.PathClosed, session.Id));
    }

    [Fact]
    public async Task Pressed_many_times_at_once_connect_gives_one_session()
    {
        var technician = await world.PersonAsync(Role.Technician);
        await world.GrantAsync(technician, world.Terminal);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.Broker.ConnectAsync(technician, world.Terminal.Id, default)));

        Assert.All(outcomes, o => Assert.Null(o.Error));
        Assert.Single(outcomes.Select(o => o.Value!.Id).Distinct());
    }

    [Fact]
    public async Task A_hub_that_refuses_the_path_ends_the_session_with_its_reason()
    {
        var technician = await world.PersonAsync(Role.Technician);
        await world.GrantAsync(technician, world.Terminal);
        world.Hub.Refuse = "no room in the set";
        try
        {
            var outcome = await world.Broker.ConnectAsync(technician, world.Terminal.Id, default);

            Assert.Equal("The path to the asset could not be opened: no room in the set", outcome.Error);
        }
        finally
        {
            world.Hub.Refuse = null;
        }

        await using var db = world.Get<PortalDbFactory>().ForSystem();
        Assert.Equal(SessionEndReason.NotStarted, (await db.Sessions.SingleAsync(s => s.UserId == technician.UserId)).EndReason);
    }

    [Fact]
    public async Task A_service_without_a_pinned_host_key_is_refused()
    {
        var service = PlantWorld.Value(await world.Get<ServiceChanges>().AddAsync(world.Admin, world.Panel.Id, new ServiceSpec(Sallyport.Contracts.ServiceKind.Ssh, "Unpinned", 2022, "root", "x", false, 0), default));
        var technician = await world.PersonAsync(Role.Technician);
        await world.GrantAsync(technician, service);

        Assert.Contains("host key", (await world.Broker.ConnectAsync(technician, service.Id, default)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_window_there_is_no_session()
    {
        var technician = await world.PersonAsync(Role.Technician);
        await world.GrantAsync(technician, world.Terminal, TimeSpan.FromMinutes(1));
        world.Time.Ahead += TimeSpan.FromMinutes(2);

        Assert.NotNull((await world.Broker.ConnectAsync(technician, world.Terminal.Id, default)).Error);
    }
}

[Collection(PostgresCollection.Name)]
public sealed class ReleaseTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    private Releases Releases => world.Get<Releases>();

    [Fact]
    public async Task A_session_waits_for_the_plant_and_has_no_path_before()
    {
        var (technician, session) = await WaitingAsync();
        Assert.Equal(SessionState.Releasing, session.State);
        Assert.DoesNotContain(session.Id, world.Hub.Paths.Keys);
        Assert.Equal("The plant has not released this session yet.", (await world.Broker.IssueTicketAsync(technician, session.Id, default)).Error);

        Assert.NotNull(await Releases.ReleaseAsync(world.Operator, session.Id, areaClear: false, null, default));
        Assert.Null(await Releases.ReleaseAsync(world.Operator, session.Id, areaClear: true, "Seen to it", default));

        Assert.Contains(session.Id, world.Hub.Paths.Keys);
        Assert.Equal(SessionState.Ready, (await world.SessionAsync(session.Id)).State);
        Assert.Equal("Area clear. Seen to it", Assert.Single(await world.AuditAsync(AuditAction.Released, session.Id)).Field("reason"));
    }

    [Fact]
    public async Task Only_an_operator_of_that_plant_releases_and_never_their_own()
    {
        var (_, session) = await WaitingAsync();
        var elsewhere = await world.PersonAsync(Role.Operator);

        Assert.Equal("This session is not in one of your plants.", await Releases.ReleaseAsync(elsewhere, session.Id, true, null, default));
        await Assert.ThrowsAsync<AccessRefusedException>(() => Releases.ReleaseAsync(world.Admin, session.Id, true, null, default));

        var both = await world.PersonAsync(Role.Technician, Role.Operator);
        Assert.Null(await world.Get<PlantRegistry>().SetOperatorAsync(world.Admin, world.Plant.Id, both.UserId, true, default));
        var (_, own) = await WaitingAsync(both);
        Assert.Equal("You cannot release your own session.", await Releases.ReleaseAsync(both, own.Id, true, null, default));
        Assert.Equal("refused", Assert.Single(await world.AuditAsync(AuditAction.Released, own.Id)).Field("result"));
        Assert.Equal("refused", Assert.Single(await world.AuditAsync(AuditAction.Released, session.Id)).Field("result"));
    }

    [Fact]
    public async Task Two_operators_at_once_give_one_answer()
    {
        var (_, session) = await WaitingAsync();
        var second = await world.PersonAsync(Role.Operator);
        Assert.Null(await world.Get<PlantRegistry>().SetOperatorAsync(world.Admin, world.Plant.Id, second.UserId, true, default));

        var answers = await Task.WhenAll(Releases.RefuseAsync(world.Operator, session.Id, "Not now", default), Releases.ReleaseAsync(second, session.Id, true, null, default));

        Assert.Single(answers, a => a is null);
    }

    [Fact]
    public async Task Nobody_released_it_in_time()
    {
        var (_, session) = await WaitingAsync();
        world.Time.Ahead += Release.Patience + TimeSpan.FromSeconds(2);

        var ended = await world.EndedAsync(session.Id);

        Assert.StartsWith("Nobody at the plant released the session in time.", ended.EndMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ends_all_the_person_has_on_the_asset_and_keeps_them_out_until_it_is_lifted()
    {
        var (technician, first) = await world.ActiveAsync();
        await world.GrantAsync(technician, world.Maintenance);
        var second = PlantWorld.Value(await world.Broker.ConnectAsync(technician, world.Maintenance.Id, default));

        Assert.Null(await Releases.StopAsync(world.Operator, first.Id, "Somebody is in the cell", default));

        Assert.Equal(SessionEndReason.StoppedByPlant, (await world.SessionAsync(first.Id)).EndReason);
        Assert.Equal(SessionEndReason.StoppedByPlant, (await world.SessionAsync(second.Id)).EndReason);
        Assert.Equal(first.Id, (await world.Gateway.EventAsync<EndSession>(GatewayEvent.EndSession, e => e.SessionId == first.Id)).SessionId);
        Assert.Contains("keeps you out", (await world.Broker.ConnectAsync(technician, world.Terminal.Id, default)).Error, StringComparison.Ordinal);

        var lockout = Assert.Single(await world.Get<Grants>().LockoutsAsync(world.Admin, default), l => l.Lockout.UserId == technician.UserId);
        await Assert.ThrowsAsync<AccessRefusedException>(() => world.Get<Grants>().LiftLockoutAsync(technician, lockout.Lockout.Id, default));
        Assert.Null(await world.Get<Grants>().LiftLockoutAsync(world.Admin, lockout.Lockout.Id, default));
        Assert.Null((await world.Broker.ConnectAsync(technician, world.Terminal.Id, default)).Error);
    }

    [Fact]
    public async Task Two_stops_at_once_place_one_lockout()
    {
        var (technician, session) = await world.ActiveAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Releases.StopAsync(world.Operator, session.Id, "Stop", default)));

        Assert.All(answers, Assert.Null);
        Assert.Single(await world.Get<Grants>().LockoutsAsync(world.Admin, default), l => l.Lockout.UserId == technician.UserId);
    }

    private async Task<(Actor Technician, Session Session)> WaitingAsync(Actor? technician = null)
    {
        technician ??= await world.PersonAsync(Role.Technician);
        await using (var db = world.Get<PortalDbFactory>().ForSystem())
        {
            if (await db.Assets.FirstOrDefaultAsync(a => a.Name == "Guarded") is not { } known)
            {
                known = PlantWorld.Value(await world.Get<AssetChanges>().AddAsync(world.Admin, world.Plant.Id, new AssetSpec("Guarded", "192.168.10.30", "", true), default));
                await world.ServiceAsync(known, "Guarded terminal", 22);
            }
        }

        var service = (await world.Get<AssetRegistry>().ListAsync(world.Admin, world.Plant.Id, default)).Single(a => a.Asset.Name == "Guarded").Services.Single();
        await world.GrantAsync(technician, service);
        return (technician, PlantWorld.Value(await world.Broker.ConnectAsync(technician, service.Id, default)));
    }
}
