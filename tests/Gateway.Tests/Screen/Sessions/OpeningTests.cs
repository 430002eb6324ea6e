using System.Net;
using System.Net.Sockets;
using Sallyport.Contracts;
using Sallyport.Contracts.Links;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>A right that ends while the asset has not answered yet.</summary>
public sealed class OpeningTests
{
    [Fact]
    public async Task A_session_that_is_still_being_opened_is_ended_by_the_portal_at_once()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        await using var gateway = await ScreenGateway.StartAsync(((IPEndPoint)mute.LocalEndpoint).Port);
        var session = Guid.NewGuid();
        await using var browser = await ScreenBrowser.ConnectAsync(gateway.Origin);
        await browser.SayAsync(SessionMessages.Open, new OpenMessage(gateway.NewTicket(session), 0, 0));
        using var connected = await mute.AcceptTcpClientAsync();

        gateway.End(session, SessionEndReason.Revoked, "Your account was disabled.");

        var refused = await browser.HeardAsync<RefusedMessage>(SessionMessages.Refused);
        Assert.Equal(("revoked", "Your account was disabled."), (refused.Error, refused.Message));
        Assert.Null(gateway.Find(session));
        await ScreenGateway.UntilAsync(() => gateway.Reports.Any(r => r.Route.EndsWith(GatewayRoutes.Ended, StringComparison.Ordinal) && r.Body.Contains("revoked", StringComparison.OrdinalIgnoreCase)), "the report of its end");
    }
}
