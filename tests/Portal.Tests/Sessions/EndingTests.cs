using Microsoft.EntityFrameworkCore;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Gateways;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Recordings;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Sessions;

[Collection(PostgresCollection.Name)]
public sealed class EndingTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task Revoking_a_grant_ends_its_session_at_the_gateway_and_closes_its_path()
    {
        var (_, session) = await world.ActiveAsync();

        Assert.Null(await world.Get<Grants>().RevokeAsync(world.Admin, session.GrantId, "Wrong panel", default));

        var order = await world.Gateway.EventAsync<EndSession>(GatewayEvent.EndSession, e => e.SessionId == session.Id);
        Assert.Equal((SessionEndReason.Revoked, "An admin revoked the grant: Wrong panel"), (order.Reason, order.Message));
        await world.PathClosedAsync(session.Id);
    }

    [Fact]
    public async Task Disabling_a_user_ends_all_of_theirs()
    {
        var (technician, session) = await world.ActiveAsync();

        Assert.Null((await world.Get<UserDirectory>().SetDisabledAsync(world.Admin, technician.UserId, true, "Left the company", default)).Error);

        Assert.Equal(SessionEndReason.Revoked, (await world.EndedAsync(session.Id)).EndReason);
        await world.Gateway.EventAsync<EndSession>(GatewayEvent.EndSession, e => e.SessionId == session.Id);
    }

    [Fact]
    public async Task An_admin_ends_a_session_and_a_technician_cannot()
    {
        var (_, session) = await world.ActiveAsync();
        var other = await world.PersonAsync(Role.Technician, Role.Operator);

        await Assert.ThrowsAsync<AccessRefusedException>(() => world.Get<SessionQueries>().EndAsync(other, session.Id, "Because", default));
        Assert.Null(await world.Get<SessionQueries>().EndAsync(world.Admin, session.Id, "Because", default));

        Assert.Equal((SessionEndReason.EndedByAdmin, world.Admin.UserId), ((await world.SessionAsync(session.Id)).EndReason, (await world.SessionAsync(session.Id)).EndedById));
    }

    [Fact]
    public async Task The_first_reason_stands_whoever_comes_later()
    {
        var (technician, session) = await world.ActiveAsync();
        await world.Get<SessionQueries>().EndOwnAsync(technician, session.Id, default);

        await world.Gateway.ReportAsync(GatewayRoutes.Ended, session.Id, new SessionEnded(DateTimeOffset.UtcNow, SessionEndReason.AssetLost, "late", null, false));

        Assert.Equal(SessionEndReason.User, (await world.SessionAsync(session.Id)).EndReason);
        Assert.Single(await world.AuditAsync(AuditAction.SessionEnded, session.Id));
    }

    [Fact]
    public async Task The_portal_ends_what_the_gateway_did_not_end_at_the_grants_end()
    {
        var (_, session) = await world.ActiveAsync();
        world.Time.Ahead += TimeSpan.FromHours(1) + TimeSpan.FromSeconds(5);

        Assert.Equal(SessionEndReason.GrantEnded, (await world.EndedAsync(session.Id)).EndReason);
        await world.PathClosedAsync(session.Id);
    }

    [Fact]
    public async Task Who_gets_a_ticket_and_does_not_come_loses_the_session_and_its_path()
    {
        var (technician, session) = await world.ReadyAsync();
        await world.Broker.IssueTicketAsync(technician, session.Id, default);
        world.Time.Ahead += TimeSpan.FromSeconds(62);

        Assert.Equal(SessionEndReason.NotStarted, (await world.EndedAsync(session.Id)).EndReason);
        await world.PathClosedAsync(session.Id);
    }

    [Fact]
    public async Task A_gateway_that_comes_back_is_told_what_is_over_and_what_it_lost_is_ended()
    {
        var (_, lost) = await world.ActiveAsync();
        var (_, running) = await world.ActiveAsync();
        var unknown = Guid.NewGuid();

        var answer = await world.Gateway.SyncAsync(running.Id, unknown);

        Assert.Equal(unknown, Assert.Single(answer.End).SessionId);
        Assert.Contains(answer.EndsAt, w => w.SessionId == running.Id);
        Assert.Equal(SessionEndReason.GatewayLost, (await world.SessionAsync(lost.Id)).EndReason);
        await using var db = world.Get<PortalDbFactory>().ForSystem();
        Assert.Equal(RecordingState.Interrupted, (await db.Recordings.SingleAsync(r => r.SessionId == lost.Id)).State);
    }

    [Fact]
    public async Task A_gateway_cannot_report_on_a_session_that_is_not_its_own()
    {
        var (_, session) = await world.ActiveAsync();
        await using var other = await ScriptedGateway.ConnectAsync(world.Portal, "10.0.0.9");

        await other.ReportAsync(GatewayRoutes.Ended, session.Id, new SessionEnded(DateTimeOffset.UtcNow, SessionEndReason.User, "not mine", null, false));

        Assert.Equal(SessionState.Active, (await world.SessionAsync(session.Id)).State);
    }
}

[Collection(PostgresCollection.Name)]
public sealed class LostGatewayTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task Sessions_of_a_gateway_that_stays_away_end_after_a_minute()
    {
        var (_, session) = await world.ActiveAsync();
        await world.Gateway.DisconnectAsync();
        world.Time.Ahead += TimeSpan.FromSeconds(5);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(session.Id)).State);

        // The link's loss is noticed by the portal in its own time; only then does the minute begin.
        await Eventually.HoldsAsync("the portal notices", () => !world.Get<GatewayLink>().IsConnected(world.Gateway.Id));
        world.Time.Ahead += TimeSpan.FromSeconds(62);

        Assert.Equal(SessionEndReason.GatewayLost, (await world.EndedAsync(session.Id)).EndReason);
    }
}
