using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Sallyport.Gateway.Web;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>One browser as the wire sees it: keeps each host's cookies, follows nothing by itself, and resolves every name to this machine.</summary>
public sealed partial class WebBrowser : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    /// <param name="address">This machine's address that it comes from.</param>
    public WebBrowser(WebGateway gateway, Guid session, IPAddress? address = null)
    {
        (Hmi, Bar) = (gateway.Origins.Hmi(session), gateway.Origins.Bar(session));
        SessionId = session;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            CookieContainer = Cookies,
            UseProxy = false,
            RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.Latin1,
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(address ?? IPAddress.Any, 0));
                await socket.ConnectAsync(IPAddress.Loopback, gateway.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        _invoker = new HttpMessageInvoker(handler);
    }

    public Guid SessionId { get; }

    public string Hmi { get; }

    public string Bar { get; }

    public CookieContainer Cookies { get; } = new();

    /// <summary>What this browser speaks from now on.</summary>
    public Version Version { get; set; } = HttpVersion.Version11;

    /// <summary>Ticket → bar → frame → the HMI's first page, as a browser goes.</summary>
    /// <param name="use">What the ticket stands under in the address.</param>
    public async Task EnterAsync(string ticket, string use = "ticket")
    {
        using var entered = await GetAsync($"{Bar}/?{use}={ticket}");
        Assert.True(entered.StatusCode == HttpStatusCode.SeeOther, await entered.Content.ReadAsStringAsync());
        using var bar = await GetAsync($"{Bar}{entered.Headers.Location}");
        using var frame = await GetAsync(FrameOf(await bar.Content.ReadAsStringAsync()));
        Assert.Equal(HttpStatusCode.OK, frame.StatusCode);
    }

    public static string FrameOf(string html) => WebUtility.HtmlDecode(Frame().Match(html).Groups["url"].Value);

    /// <param name="url">A path is of the HMI.</param>
    public Task<HttpResponseMessage> GetAsync(string url, Action<HttpRequestMessage>? change = null) => SendAsync(HttpMethod.Get, url, null, change);

    public async Task<string> GetStringAsync(string url)
    {
        using var response = await GetAsync(url);
        return await response.Content.ReadAsStringAsync();
    }

    public Task<HttpResponseMessage> PostAsync(string url, HttpContent content, Action<HttpRequestMessage>? change = null) =>
        SendAsync(HttpMethod.Post, url, content, request =>
        {
            request.Headers.Add("Origin", Hmi);
            change?.Invoke(request);
        });

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string url, HttpContent? content = null, Action<HttpRequestMessage>? change = null)
    {
        var request = new HttpRequestMessage(method, url.StartsWith('/') ? Hmi + url : url) { Content = content, Version = Version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        change?.Invoke(request);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _invoker.SendAsync(request, timeout.Token);
    }

    public Task<ClientWebSocket> OpenSocketAsync(string path, string? origin = null, params string[] protocols) => OpenSocketWithAsync(path, _ => { }, origin, protocols);

    public async Task<ClientWebSocket> OpenSocketWithAsync(string path, Action<ClientWebSocketOptions> change, string? origin = null, params string[] protocols)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin ?? Hmi);
        socket.Options.HttpVersion = Version;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        foreach (var protocol in protocols)
        {
            socket.Options.AddSubProtocol(protocol);
        }

        change(socket.Options);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await socket.ConnectAsync(new Uri(Hmi.Replace("http", "ws", StringComparison.Ordinal) + path), _invoker, timeout.Token);
        return socket;
    }

    public static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var length = 0;
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(length), timeout.Token);
            length += result.Count;
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return $"closed {(int?)socket.CloseStatus}: {socket.CloseStatusDescription}";
            }

            if (result.EndOfMessage)
            {
                return System.Text.Encoding.UTF8.GetString(buffer, 0, length);
            }
        }
    }

    public void Dispose() => _invoker.Dispose();

    [GeneratedRegex("<iframe[^>]* src=\"(?<url>[^\"]*)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Frame();
}
