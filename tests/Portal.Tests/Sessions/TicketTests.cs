using Sallyport.Contracts.Links;
using Sallyport.Contracts.Tickets;
using Sallyport.Portal.Access;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Sessions;

[Collection(PostgresCollection.Name)]
public sealed class TicketTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task A_ticket_is_redeemed_once_and_gives_the_gateway_what_the_session_needs()
    {
        var (technician, session) = await world.ReadyAsync();
        var ticket = await IssueAsync(technician, session);

        var (order, _) = await world.Gateway.RedeemAsync(ticket);

        Assert.Equal(session.Id, order!.SessionId);
        Assert.Equal(("root", "not a real secret", null), (order.Credential.UserName, order.Credential.Password, order.Credential.PrivateKey));
        Assert.Equal(22, order.Port);
        Assert.Equal("Look at the test panel", order.Purpose);
        Assert.StartsWith("100.", order.Address, StringComparison.Ordinal);
        Assert.Equal(SessionState.Active, (await world.SessionAsync(session.Id)).State);
    }

    [Fact]
    public async Task A_replayed_ticket_is_refused_and_audited()
    {
        var (technician, session) = await world.ReadyAsync();
        var ticket = await IssueAsync(technician, session);
        await world.Gateway.RedeemAsync(ticket);

        var (order, error) = await world.Gateway.RedeemAsync(ticket);

        Assert.Null(order);
        Assert.Equal(nameof(TicketFault.Replayed), error!.Error);
        var entry = Assert.Single(await world.AuditAsync(AuditAction.TicketRefused, session.Id));
        Assert.Equal("The ticket was redeemed before.", entry.Field("reason"));
        Assert.Equal("192.0.2.7", entry.Field("address"));
        Assert.Equal(SessionState.Active, (await world.SessionAsync(session.Id)).State);
    }

    [Fact]
    public async Task Of_many_redemptions_at_once_one_wins()
    {
        var (technician, session) = await world.ReadyAsync();
        var ticket = await IssueAsync(technician, session);

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => world.Gateway.RedeemAsync(ticket)));

        Assert.Single(answers, a => a.Order is not null);
    }

    [Fact]
    public async Task A_ticket_for_another_gateway_is_refused_and_audited()
    {
        await using var other = await ScriptedGateway.ConnectAsync(world.Portal, "10.0.0.3");
        var (technician, session) = await world.ReadyAsync();
        var handout = PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default));
        var foreign = session.GatewayId == other.Id ? world.Gateway : other;

        var (order, error) = await foreign.RedeemAsync(handout.Ticket);

        Assert.Null(order);
        Assert.Equal(nameof(TicketFault.Foreign), error!.Error);
        Assert.Equal("refused", Assert.Single(await world.AuditAsync(AuditAction.TicketRefused, session.Id)).Field("result"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_ticket_that_was_altered_in_any_part_is_refused(int part)
    {
        var (technician, session) = await world.ReadyAsync();
        var parts = (await IssueAsync(technician, session)).Split('.');
        var middle = parts[part].Length / 2;
        parts[part] = string.Concat(parts[part].AsSpan(0, middle), parts[part][middle] == 'A' ? "B" : "A", parts[part].AsSpan(middle + 1));

        var (order, error) = await world.Gateway.RedeemAsync(string.Join('.', parts));

        Assert.Null(order);
        Assert.Equal(nameof(TicketFault.Invalid), error!.Error);
        Assert.Equal(SessionState.Ready, (await world.SessionAsync(session.Id)).State);
    }

    [Fact]
    public async Task An_expired_ticket_is_refused()
    {
        var (technician, session) = await world.ReadyAsync();
        var ticket = await IssueAsync(technician, session);
        world.Time.Ahead += Ticket.Lifetime + Ticket.ClockSkew + TimeSpan.FromSeconds(2);

        var (_, error) = await world.Gateway.RedeemAsync(ticket);

        Assert.Equal(nameof(TicketFault.Expired), error!.Error);
    }

    [Fact]
    public async Task A_newer_ticket_voids_the_one_before()
    {
        var (technician, session) = await world.ReadyAsync();
        var older = await IssueAsync(technician, session);
        var newer = await IssueAsync(technician, session);

        Assert.Null((await world.Gateway.RedeemAsync(older)).Order);
        Assert.NotNull((await world.Gateway.RedeemAsync(newer)).Order);
    }

    [Fact]
    public async Task A_ticket_is_worth_nothing_after_its_grant_was_revoked()
    {
        var (technician, session) = await world.ReadyAsync();
        var ticket = await IssueAsync(technician, session);
        Assert.Null(await world.Get<Grants>().RevokeAsync(world.Admin, session.GrantId, "Not today", default));

        Assert.Null((await world.Gateway.RedeemAsync(ticket)).Order);
    }

    [Fact]
    public async Task Nobody_gets_a_ticket_for_the_session_of_another()
    {
        var (_, session) = await world.ReadyAsync();

        Assert.Equal("This session does not exist.", (await world.Broker.IssueTicketAsync(await world.PersonAsync(Role.Technician), session.Id, default)).Error);
    }

    [Fact]
    public async Task What_a_gateway_refused_by_itself_is_audited()
    {
        var (_, session) = await world.ReadyAsync();

        await world.Gateway.Client.PostAsync(GatewayRoutes.Refusals, new TicketRefusal(TicketFault.Expired, session.Id, "jti", "192.0.2.9"), default);

        Assert.Equal("192.0.2.9", Assert.Single(await world.AuditAsync(AuditAction.TicketRefused, session.Id)).Field("address"));
    }

    private async Task<string> IssueAsync(Actor technician, Session session) => PlantWorld.Value(await world.Broker.IssueTicketAsync(technician, session.Id, default)).Ticket;
}
