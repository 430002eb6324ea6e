using System.Net;
using System.Net.Sockets;
using Sallyport.Gateway.Screen;
using Sallyport.Gateway.Screen.Rfb;
using Sallyport.Gateway.Screen.Rfb.Asset;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Tests.Sessions;

namespace Sallyport.Gateway.Tests.Screen;

/// <summary>A real VNC server whose packets no longer come, as when a panel loses its power.</summary>
public sealed class VanishedAssetTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_asset_that_vanishes_without_a_word_is_noticed_and_the_reason_says_so(bool asked)
    {
        await using var server = await XServer.StartAsync(width: 200, height: 150);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        DeadPeerDetection.Enable(socket, TimeSpan.FromSeconds(2));
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        await using var follower = await Follower.ConnectAsync(new NetworkStream(socket, ownsSocket: true));
        await follower.ShowsAsync(server, "the picture");
        await using var dropped = await DroppedPort.StartAsync(server.Port);
        if (asked)
        {
            await follower.Client.ProbeAsync(CancellationToken.None);
        }

        var failure = await follower.FailureAsync();

        Assert.Equal(RfbFailureKind.Vanished, failure.Kind);
        Assert.Contains("switched off", failure.Message, StringComparison.Ordinal);
    }
}
