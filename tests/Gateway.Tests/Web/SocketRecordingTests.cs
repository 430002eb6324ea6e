using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Sallyport.Contracts;
using Sallyport.Gateway.Tests.Web.Support;
using Sallyport.Gateway.Web;
using Sallyport.Recording;

namespace Sallyport.Gateway.Tests.Web;

/// <summary>Nothing passes through a socket without being recorded first, however it is cut, however long it is, and whether it ever ends.</summary>
public sealed class SocketRecordingTests : IAsyncLifetime
{
    private const int Kept = 1000;

    private readonly SocketAsset _asset = new();
    private WebGateway _gateway = null!;
    private WebBrowser _browser = null!;
    private ClientWebSocket _page = null!;
    private WebSocket _station = null!;

    public async Task InitializeAsync()
    {
        _gateway = await WebGateway.StartAsync();
        _browser = await _gateway.ConnectAsync(_asset.Port, o => o with { Policy = new WebPolicy { RecordedMessageBytes = Kept } });
        var accepted = _asset.AcceptAsync();
        _page = await _browser.OpenSocketAsync("/live");
        _station = await accepted;
    }

    public async Task DisposeAsync()
    {
        _page.Dispose();
        _station.Dispose();
        _browser.Dispose();
        await _gateway.DisposeAsync();
        await _asset.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_in_parts_goes_on_when_it_is_whole_and_is_one_event(bool fromAsset)
    {
        var (from, to) = Ends(fromAsset);
        await SendAsync(from, "pump=", WebSocketMessageType.Text, isLast: false);
        await SendAsync(from, "", WebSocketMessageType.Text, isLast: false);
        var arriving = ReceiveAsync(to);
        await SendAsync(from, "on", WebSocketMessageType.Text, isLast: true);
        Assert.Equal("pump=on", Encoding.UTF8.GetString(await arriving));

        var message = Assert.Single((await EndAndReadAsync()).OfType<HttpSocketMessage>());
        Assert.Equal((fromAsset, false, false, "pump=on"), (message.FromAsset, message.Binary, message.Open, message.Body.Text));
        Assert.NotNull(message.Body.Sha256);
    }

    [Theory]
    [InlineData(false, WebSocketMessageType.Binary)]
    [InlineData(true, WebSocketMessageType.Binary)]
    [InlineData(false, WebSocketMessageType.Text)]
    [InlineData(true, WebSocketMessageType.Text)]
    public async Task A_long_message_is_recorded_as_it_begins_and_as_it_ends(bool fromAsset, WebSocketMessageType type)
    {
        var (from, to) = Ends(fromAsset);
        var bytes = Enumerable.Range(0, 50_000).Select(i => type == WebSocketMessageType.Binary ? (byte)(i * 7) : (byte)('a' + (i % 26))).ToArray();
        var arriving = ReceiveAsync(to);
        foreach (var (part, i) in bytes.Chunk(700).Select((part, i) => (part, i)))
        {
            await from.SendAsync(part, type, (i + 1) * 700 >= bytes.Length, CancellationToken.None);
        }

        Assert.Equal(bytes, await arriving);
        var traces = await EndAndReadAsync();
        var message = Assert.Single(traces.OfType<HttpSocketMessage>());
        var end = Assert.Single(traces.OfType<HttpSocketMessageEnd>());
        Assert.Equal((fromAsset, type == WebSocketMessageType.Binary, true, true, (string?)null), (message.FromAsset, message.Binary, message.Open, message.Body.Truncated, message.Body.Sha256));
        Assert.Equal(bytes[..Kept], type == WebSocketMessageType.Binary ? Convert.FromBase64String(message.Body.Base64!) : Encoding.UTF8.GetBytes(message.Body.Text!));
        Assert.Equal((message.N, fromAsset, 50_000L, false), (end.N, end.FromAsset, end.Length, end.Unfinished));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), end.Sha256);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_short_message_that_never_ends_is_not_passed_on_but_recorded(bool fromAsset)
    {
        var (from, to) = Ends(fromAsset);
        var arriving = ReceiveAsync(to);
        await SendAsync(from, "pump=on", WebSocketMessageType.Text, isLast: false);
        from.Abort();

        Assert.Empty(await arriving);
        var traces = await EndAndReadAsync();
        var message = Assert.Single(traces.OfType<HttpSocketMessage>());
        Assert.Equal((fromAsset, true, "pump=on"), (message.FromAsset, message.Open, message.Body.Text));
        var end = Assert.Single(traces.OfType<HttpSocketMessageEnd>());
        Assert.Equal((fromAsset, 7L, true), (end.FromAsset, end.Length, end.Unfinished));
        Assert.IsType<HttpSocketClosed>(traces[traces.IndexOf(end) + 1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_long_message_that_never_ends_is_recorded_with_what_passed(bool fromAsset)
    {
        var (from, to) = Ends(fromAsset);
        await from.SendAsync(new byte[40_000], WebSocketMessageType.Binary, endOfMessage: false, CancellationToken.None);
        var buffer = new byte[40_000];
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (var length = 0; length < 40_000;)
        {
            length += (await to.ReceiveAsync(buffer.AsMemory(length), timeout.Token)).Count;
        }

        var traces = await EndAndReadAsync();
        var message = Assert.Single(traces.OfType<HttpSocketMessage>());
        Assert.Equal((true, Kept), (message.Open, Convert.FromBase64String(message.Body.Base64!).Length));
        var end = Assert.Single(traces.OfType<HttpSocketMessageEnd>());
        Assert.Equal((fromAsset, 40_000L, true), (end.FromAsset, end.Length, end.Unfinished));
    }

    [Theory]
    [InlineData(false, 10, true)]
    [InlineData(true, 10, true)]
    [InlineData(false, 40_000, true)]
    [InlineData(true, 40_000, true)]
    [InlineData(false, 40_000, false)]
    [InlineData(true, 40_000, false)]
    public async Task What_cannot_be_recorded_is_not_passed_on(bool fromAsset, int length, bool isLast)
    {
        var (from, to) = Ends(fromAsset);
        var session = _gateway.Sessions.Find(_browser.SessionId)!;
        await _gateway.Recording(_browser.SessionId).Writer.DisposeAsync();
        var arriving = ReceiveAsync(to);
        try
        {
            await from.SendAsync(new byte[length], WebSocketMessageType.Binary, isLast, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
            // The socket is over before all of it is sent.
        }

        Assert.Empty(await arriving);
        Assert.Equal(SessionEndReason.RecordingFailed, session.Ended?.Reason);
    }

    [Fact]
    public async Task A_log_in_in_bytes_is_masked_and_what_is_not_secret_can_be_read()
    {
        var arriving = ReceiveAsync(_station);
        await SendAsync(_page, "{\"user\":\"a\",\"password\":\"hunter2\"}", WebSocketMessageType.Binary, isLast: true);
        Assert.Contains("hunter2", Encoding.UTF8.GetString(await arriving), StringComparison.Ordinal);

        var message = Assert.Single((await EndAndReadAsync()).OfType<HttpSocketMessage>());
        Assert.Equal((true, "{\"user\":\"a\",\"password\":\"***\"}", (string?)null), (message.Binary, message.Body.Text, message.Body.Sha256));
    }

    [Fact]
    public async Task An_MQTT_client_that_signs_in_piece_by_piece_leaves_no_password()
    {
        var accepted = _asset.AcceptAsync("mqtt");
        using var page = await _browser.OpenSocketAsync("/mqtt", null, "mqtt");
        using var station = await accepted;
        foreach (var piece in (byte[][])[[0x10, 0x19], [0, 4, .. "MQTT"u8, 4, 0xC2, 0, 60, 0, 1, .. "a"u8, 0, 1, .. "a"u8, 0, 7], [.. "hunter2"u8]])
        {
            var arriving = ReceiveAsync(station);
            await page.SendAsync(piece, WebSocketMessageType.Binary, true, CancellationToken.None);
            Assert.Equal(piece, await arriving);
        }

        var acknowledged = ReceiveAsync(page);
        await station.SendAsync(new byte[] { 0x20, 2, 0, 0 }, WebSocketMessageType.Binary, true, CancellationToken.None);
        await acknowledged;
        var published = ReceiveAsync(station);
        byte[] publish = [0x30, 9, 0, 4, .. "pump"u8, 0xFF, 1, 2];
        await page.SendAsync(publish, WebSocketMessageType.Binary, true, CancellationToken.None);
        await published;

        var messages = (await EndAndReadAsync()).OfType<HttpSocketMessage>().ToList();
        Assert.All(messages[..3], message => Assert.Equal(("It signs in.", null, null, null), (message.Body.Omitted, message.Body.Text, message.Body.Base64, message.Body.Sha256)));
        Assert.Equal(Convert.ToBase64String(publish), messages[^1].Body.Base64);
    }

    private (WebSocket From, WebSocket To) Ends(bool fromAsset) => fromAsset ? (_station, _page) : (_page, _station);

    private static Task SendAsync(WebSocket socket, string text, WebSocketMessageType type, bool isLast) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), type, isLast, CancellationToken.None);

    /// <returns>A whole message; what there was of it when the socket ends.</returns>
    private static async Task<byte[]> ReceiveAsync(WebSocket socket)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), timeout.Token);
                message.Write(buffer.AsSpan(0, part.Count));
                if (part.EndOfMessage)
                {
                    return message.ToArray();
                }
            }
        }
        catch (WebSocketException)
        {
            return message.ToArray();
        }
    }

    private async Task<List<HttpTrace>> EndAndReadAsync()
    {
        var session = _gateway.Sessions.Find(_browser.SessionId)!;
        session.End(SessionEndReason.User, "You ended the session.");
        await session.Completion;
        return await _gateway.Recording(_browser.SessionId).ReadAsync();
    }
}
