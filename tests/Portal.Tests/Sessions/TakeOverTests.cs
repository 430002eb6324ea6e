using Sallyport.Contracts.Links;
using Sallyport.Contracts.Tickets;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Sessions;
using Sallyport.Portal.Tests.Support;

namespace Sallyport.Portal.Tests.Sessions;

/// <summary>Whose session goes on in another window, and by which ticket.</summary>
[Collection(PostgresCollection.Name)]
public sealed class TakeOverTests(PlantWorld world) : IClassFixture<PlantWorld>
{
    [Fact]
    public async Task A_running_session_is_taken_over_once_by_a_ticket_and_its_recording_stays_the_same()
    {
        var (technician, session) = await world.ActiveAsync();
        var ticket = PlantWorld.Value(await TakeOvers.IssueTicketAsync(technician, session.Id, default)).Ticket;

        Assert.Equal(session.Id, (await RedeemAsync(ticket))!.SessionId);
        Assert.Null(await RedeemAsync(ticket));

        var after = await world.SessionAsync(session.Id);
        Assert.Equal((SessionState.Active, session.TicketRedeemedAt, "192.0.2.9"), (after.State, after.TicketRedeemedAt, after.ClientAddress));
        Assert.Equal("192.0.2.9", Assert.Single(await world.AuditAsync(AuditAction.SessionTakenOver, session.Id)).Field("address"));
        Assert.Single(await world.AuditAsync(AuditAction.TicketRefused, session.Id));
    }

    [Fact]
    public async Task Nobody_else_takes_it_over_and_nobody_what_does_not_run()
    {
        var (technician, session) = await world.ActiveAsync();
        var (waiting, ready) = await world.ReadyAsync();
        var other = await world.PersonAsync(Role.Technician);

        Assert.NotNull((await TakeOvers.IssueTicketAsync(other, session.Id, default)).Error);
        Assert.NotNull((await TakeOvers.IssueTicketAsync(waiting, ready.Id, default)).Error);
        await Assert.ThrowsAsync<AccessRefusedException>(() => TakeOvers.IssueTicketAsync(world.Admin, session.Id, default));
        Assert.Null((await TakeOvers.IssueTicketAsync(technician, session.Id, default)).Error);
    }

    [Fact]
    public async Task Only_the_newest_ticket_counts_and_only_for_this_use()
    {
        var (technician, session) = await world.ActiveAsync();
        var older = PlantWorld.Value(await TakeOvers.IssueTicketAsync(technician, session.Id, default)).Ticket;
        var newer = PlantWorld.Value(await TakeOvers.IssueTicketAsync(technician, session.Id, default)).Ticket;

        Assert.Null(await RedeemAsync(older));
        var (order, error) = await world.Gateway.RedeemAsync(newer);
        Assert.Equal((null, nameof(TicketFault.Invalid)), (order, error!.Error));
        Assert.NotNull(await RedeemAsync(newer));
    }

    [Fact]
    public async Task Who_was_disabled_meanwhile_takes_nothing_over()
    {
        var (technician, session) = await world.ActiveAsync();
        var ticket = PlantWorld.Value(await TakeOvers.IssueTicketAsync(technician, session.Id, default)).Ticket;
        await world.Get<UserDirectory>().SetDisabledAsync(world.Admin, technician.UserId, true, "Left", default);

        Assert.Null(await RedeemAsync(ticket));
    }

    private TakeOvers TakeOvers => world.Get<TakeOvers>();

    private async Task<TakeOverSpec?> RedeemAsync(string ticket) =>
        (await world.Gateway.Client.AskAsync<TicketRedemption, TakeOverSpec>(GatewayRoutes.RedeemTakeOver, new TicketRedemption(ticket, "192.0.2.9"), CancellationToken.None)).Answer;
}
