using System.Net;
using System.Net.WebSockets;
using Sallyport.Gateway.Tests.Web.Support;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>A web session goes on in another browser of its user.</summary>
public sealed class TakeOverTests
{
    [Fact]
    public async Task The_other_browser_has_the_session_and_the_one_before_is_told_where_it_is()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var desk = await gateway.ConnectAsync(asset.Port);
        using var tablet = new WebBrowser(gateway, desk.SessionId);

        await tablet.EnterAsync(gateway.TakeOverTicket(desk.SessionId), "take-over");

        using var there = await tablet.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, there.StatusCode);
        foreach (var url in (string[])["/", $"{desk.Bar}/", $"{desk.Bar}/events"])
        {
            using var here = await desk.GetAsync(url);
            Assert.Equal(HttpStatusCode.Gone, here.StatusCode);
            Assert.Contains("another window", await here.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Contains("\"storage\"", here.Headers.GetValues("Clear-Site-Data").Single(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_open_in_the_browser_before_is_closed()
    {
        await using var asset = new SocketAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var desk = await gateway.ConnectAsync(asset.Port);
        var accepted = asset.AcceptAsync();
        using var socket = await desk.OpenSocketAsync("/live");
        using var station = await accepted;
        using var events = await desk.GetAsync($"{desk.Bar}/events", request => request.Headers.Add("Accept", "text/event-stream"));
        using var tablet = new WebBrowser(gateway, desk.SessionId);

        await tablet.EnterAsync(gateway.TakeOverTicket(desk.SessionId), "take-over");

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var closed = await socket.ReceiveAsync(new byte[100], limit.Token);
        Assert.Equal((WebSocketMessageType.Close, "You went on with this session in another window."), (closed.MessageType, socket.CloseStatusDescription));
        Assert.Contains("taken-over", await events.Content.ReadAsStringAsync(limit.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ticket_takes_over_once_and_only_its_own_session()
    {
        await using var asset = new RawAsset();
        await using var gateway = await WebGateway.StartAsync();
        using var desk = await gateway.ConnectAsync(asset.Port);
        using var other = await gateway.ConnectAsync(asset.Port);
        var ticket = gateway.TakeOverTicket(desk.SessionId);
        using var tablet = new WebBrowser(gateway, desk.SessionId);
        await tablet.EnterAsync(ticket, "take-over");

        using var thief = new WebBrowser(gateway, desk.SessionId);
        using var again = await thief.GetAsync($"{thief.Bar}/?take-over={ticket}");
        using var elsewhere = await thief.GetAsync($"{other.Bar}/?take-over={gateway.TakeOverTicket(desk.SessionId)}");

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (again.StatusCode, elsewhere.StatusCode));
        using var still = await tablet.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }
}
