using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;

namespace Sallyport.Benchmarks.Web;

/// <summary>A message of an HMI's WebSocket until its answer is back, both recorded, against the same through nginx.</summary>
internal sealed class SocketEcho : IBenchmark
{
    private const int Rounds = 20;
    private const int MessagesPerRound = 100;
    private static readonly byte[] Message = "{\"read\":[\"unit1.level\",\"unit1.temperature\",\"unit2.level\"]}"u8.ToArray();

    public string Name => "web-socket";

    public async Task<IReadOnlyList<Row>> RunAsync(CancellationToken cancellationToken)
    {
        await using var rig = await WebRig.StartAsync(cancellationToken);
        using var direct = await ConnectAsync(rig.Direct, cancellationToken);
        using var own = await ConnectAsync(await rig.OpenEchoAsync(cancellationToken), cancellationToken);
        var (ours, theirs) = (new Sample(), new Sample());
        for (var round = -3; round < Rounds; round++)
        {
            await MeasureAsync(direct, round < 0 ? new Sample() : theirs, cancellationToken);
            await MeasureAsync(own, round < 0 ? new Sample() : ours, cancellationToken);
        }

        return
        [
            new Row(
                "echo of a WebSocket message, median / p99",
                ours.ToString(),
                $"nginx {theirs}",
                string.Create(CultureInfo.InvariantCulture, $"{ours.Median - theirs.Median:+0.00;-0.00} / {ours.P99 - theirs.P99:+0.00;-0.00} ms")),
        ];
    }

    private static async Task<ClientWebSocket> ConnectAsync(WebSite site, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        foreach (var (name, value) in site.Headers)
        {
            socket.Options.SetRequestHeader(name, value);
        }

        await socket.ConnectAsync(new Uri($"wss://127.0.0.1:{site.Port}/echo"), cancellationToken);
        return socket;
    }

    private static async Task MeasureAsync(ClientWebSocket socket, Sample sample, CancellationToken cancellationToken)
    {
        var buffer = new byte[1024];
        for (var i = 0; i < MessagesPerRound; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await socket.SendAsync(Message, WebSocketMessageType.Text, true, cancellationToken);
            var answer = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            sample.Add(Stopwatch.GetElapsedTime(start));
            if (!answer.EndOfMessage || answer.Count != Message.Length)
            {
                throw new InvalidOperationException("Another message came back.");
            }

            // As a page does that asks for values again and again.
            await Task.Delay(Random.Shared.Next(2, 7), cancellationToken);
        }
    }
}
