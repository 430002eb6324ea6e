using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sallyport.Gateway.Tests.Web.Support;

/// <summary>A socket in the asset's place that keeps every byte it is sent and answers what a test says: for what no honest server would show.</summary>
public sealed class RawAsset : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, string> _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private readonly bool _closes;

    /// <param name="answer">From a request's head to the whole response, without its body.</param>
    /// <param name="closes">After each answer.</param>
    public RawAsset(Func<string, string>? answer = null, bool closes = false)
    {
        _closes = closes;
        _answer = answer ?? (_ => Ok("hello"));
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _running = RunAsync();
    }

    public int Port { get; }

    /// <summary>The heads of all requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public int Connections { get; private set; }

    public static string Ok(string body, string headers = "") => $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nContent-Type: text/html\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                connections.Add(ServeAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var bytes = new byte[64 * 1024];
                var text = "";
                while (true)
                {
                    while (!text.Contains("\r\n\r\n", StringComparison.Ordinal))
                    {
                        var count = await stream.ReadAsync(bytes, _stop.Token);
                        if (count == 0)
                        {
                            return;
                        }

                        text += Encoding.Latin1.GetString(bytes, 0, count);
                    }

                    // Reads no body, as an endpoint that expects none: what follows the head is taken for the next request.
                    var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
                    var head = text[..end];
                    text = text[end..];
                    Requests.Enqueue(head);
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(_answer(head)), _stop.Token);
                    if (_closes || head.Contains("\r\nConnection: close\r\n", StringComparison.OrdinalIgnoreCase))
                    {
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // Closed by the other side or the test.
            }
        }
    }
}
