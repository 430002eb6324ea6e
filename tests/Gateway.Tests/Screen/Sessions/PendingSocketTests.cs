using System.Net;
using System.Net.WebSockets;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Tests.Terminal;

namespace Sallyport.Gateway.Tests.Screen.Sessions;

/// <summary>Sockets that show no ticket: how many may wait, and for how long.</summary>
public sealed class PendingSocketTests
{
    private static readonly PendingOptions Limits = new();

    [Fact]
    public async Task An_address_can_hold_only_so_many_sockets_without_a_ticket_and_none_of_them_for_long()
    {
        await using var gateway = await ScreenGateway.StartAsync(FreePort.Next());
        var waiting = new List<ScreenBrowser>();
        for (var i = 0; i < Limits.PerAddress; i++)
        {
            waiting.Add(await ScreenBrowser.ConnectAsync(gateway.Origin));
        }

        using var oneMore = new ClientWebSocket();
        oneMore.Options.CollectHttpResponseDetails = true;
        oneMore.Options.SetRequestHeader("Origin", gateway.Origin);
        await Assert.ThrowsAsync<WebSocketException>(() => oneMore.ConnectAsync(new Uri(gateway.Origin.Replace("http", "ws", StringComparison.Ordinal) + "/screen"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.TooManyRequests, oneMore.HttpStatusCode);

        // Each is told why and let go, and then there is room again.
        foreach (var browser in waiting)
        {
            Assert.Equal("late", (await browser.HeardAsync<RefusedMessage>(SessionMessages.Refused)).Error);
        }

        await ScreenGateway.UntilAsync(() => waiting.TrueForAll(browser => browser.IsClosed), "the sockets are closed");
        await using var later = await ScreenBrowser.ConnectAsync(gateway.Origin);
        await Task.WhenAll(waiting.Select(browser => browser.DisposeAsync().AsTask()));
    }

    [Fact]
    public void Addresses_have_limits_of_their_own_below_one_for_all()
    {
        using var sockets = new PendingSockets(Microsoft.Extensions.Options.Options.Create(new PendingOptions { PerAddress = 2, Total = 3 }));
        var first = sockets.TryAcquire(IPAddress.Parse("2001:db8::1"));
        Assert.NotNull(first);
        Assert.NotNull(sockets.TryAcquire(IPAddress.Parse("2001:db8::ffff:2")));
        Assert.Null(sockets.TryAcquire(IPAddress.Parse("2001:db8::3")));
        Assert.NotNull(sockets.TryAcquire(IPAddress.Parse("192.0.2.1")));
        Assert.Null(sockets.TryAcquire(IPAddress.Parse("192.0.2.2")));
        first.Dispose();
        Assert.NotNull(sockets.TryAcquire(IPAddress.Parse("::ffff:192.0.2.1")));
    }
}
