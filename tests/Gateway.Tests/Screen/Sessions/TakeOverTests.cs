using System.Text;
using Sallyport.Contracts.Tickets;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Sessions;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>A session goes on in another browser of its user.</summary>
public sealed class TakeOverTests
{
    [Fact]
    public async Task It_goes_on_in_the_other_browser_and_the_one_before_is_told_and_does_nothing_more()
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200);
        var input = server.LogInput();
        await using var gateway = await ScreenGateway.StartAsync(server.Port);
        await using var first = await gateway.OpenAsync();
        var opened = await first.OpenedAsync();
        await using var older = await first.FollowAsync();
        await older.UntilAsync(f => f.Events.Count > 0, "a picture");

        await using var second = await gateway.TakeOverAsync(gateway.NewTicket(opened.SessionId, TicketUse.TakeOver));
        var taken = await second.OpenedAsync();
        await using var newer = await second.FollowAsync();
        await newer.ShowsAsync(server, "the picture");

        Assert.Equal(opened.SessionId, taken.SessionId);
        Assert.Equal("taken_over", (await first.HeardAsync<RefusedMessage>(SessionMessages.Refused)).Error);
        await Record.ExceptionAsync(() => first.SendAsync([SessionMessages.End]));
        await newer.Client.SendAsync(ScreenInput.Key('b', down: true), CancellationToken.None);
        await ScreenGateway.UntilAsync(() => input.Contains("KeyPress"), "what the second presses");
        Assert.Null(gateway.Find(opened.SessionId)!.Ended);
        Assert.Contains(await gateway.RecordingAsync(opened.SessionId), e => e.Kind == RecordingEventKind.Marker && Encoding.UTF8.GetString(e.Payload) == "The session went on in another window");
    }

    [Fact]
    public async Task The_browser_before_does_not_come_back_with_its_token()
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200);
        await using var gateway = await ScreenGateway.StartAsync(server.Port);
        await using var first = await gateway.OpenAsync();
        var opened = await first.OpenedAsync();
        await using var second = await gateway.TakeOverAsync(gateway.NewTicket(opened.SessionId, TicketUse.TakeOver));
        var taken = await second.OpenedAsync();

        await using var back = await gateway.ResumeAsync(opened);
        Assert.Equal("session_over", (await back.HeardAsync<RefusedMessage>(SessionMessages.Refused)).Error);
        await using var again = await gateway.ResumeAsync(taken);
        await again.OpenedAsync();
    }

    [Theory]
    [InlineData(TicketUse.Watch)]
    [InlineData(TicketUse.Open)]
    public async Task A_ticket_for_something_else_takes_nothing_over(TicketUse use)
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200);
        await using var gateway = await ScreenGateway.StartAsync(server.Port);
        await using var first = await gateway.OpenAsync();
        var opened = await first.OpenedAsync();

        await using var second = await gateway.TakeOverAsync(gateway.NewTicket(opened.SessionId, use));

        Assert.Equal("ticket_refused", (await second.HeardAsync<RefusedMessage>(SessionMessages.Refused)).Error);
        Assert.False(first.IsClosed);
    }

    [Fact]
    public async Task A_ticket_takes_over_once()
    {
        await using var server = await XServer.StartAsync(width: 320, height: 200);
        await using var gateway = await ScreenGateway.StartAsync(server.Port);
        await using var first = await gateway.OpenAsync();
        var opened = await first.OpenedAsync();
        var ticket = gateway.NewTicket(opened.SessionId, TicketUse.TakeOver);
        await using var second = await gateway.TakeOverAsync(ticket);
        await second.OpenedAsync();

        await using var third = await gateway.TakeOverAsync(ticket);

        Assert.Equal("session_over", (await third.HeardAsync<RefusedMessage>(SessionMessages.Refused)).Error);
        Assert.False(second.IsClosed);
    }
}
