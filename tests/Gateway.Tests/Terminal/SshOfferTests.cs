using System.Net;
using System.Net.Sockets;
using System.Text;
using Sallyport.Contracts;
using Sallyport.Gateway.Terminal.Ssh;

namespace Sallyport.Gateway.Tests.Terminal;

/// <summary>What a server offers is read from its own bytes: real ones, and some that mean harm.</summary>
public sealed class SshOfferTests(SshServer server) : IClassFixture<SshServer>
{
    [Fact]
    public async Task A_real_servers_lists_are_read()
    {
        var offer = await SshOffer.ReadAsync("127.0.0.1", server.Port, CancellationToken.None);

        Assert.Contains("curve25519-sha256", offer![SshPurpose.KeyExchange]);
        Assert.Equal(["ssh-ed25519"], offer[SshPurpose.HostKey]);
        Assert.Contains("aes256-gcm@openssh.com", offer[SshPurpose.Encryption]);
        Assert.Contains("hmac-sha2-256", offer[SshPurpose.Mac]);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("SSH-2.0-x\r\n\0\0\0\u0001\u0004")]
    [InlineData("SSH-2.0-x\r\n\u007f\u007f\u007f\u007f\u0004")]
    [InlineData("SSH-2.0-x\r\n\0\0\0\u0008\u0004\u0014abcdefg")]
    public async Task Other_bytes_are_no_offer(string sent)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, Encoding.Latin1.GetBytes(sent));
        SshOffer? offer = null;
        try
        {
            offer = await SshOffer.ReadAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);
        }
        catch (EndOfStreamException)
        {
            // It hung up before it had said enough.
        }

        Assert.Null(offer);
        await answering;
    }

    [Fact]
    public async Task A_greeting_without_end_is_given_up()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, new byte[64 * 1024]);

        Assert.Null(await SshOffer.ReadAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, CancellationToken.None));
        await answering;
    }

    [Fact]
    public void Lists_that_are_longer_than_their_packet_are_none()
    {
        byte[] payload = [20, .. new byte[16], 0, 0, 0, 3, .. "abc"u8, 255, 255, 255, 255, .. "abc"u8];

        Assert.Null(SshOffer.Parse(payload));
        Assert.Null(SshOffer.Parse(payload.AsSpan(0, 10)));
        Assert.Null(SshOffer.Parse([]));
    }

    private static async Task AnswerAsync(TcpListener listener, byte[] answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        try
        {
            await stream.WriteAsync(answer);
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
            // It was hung up on.
        }
    }
}
