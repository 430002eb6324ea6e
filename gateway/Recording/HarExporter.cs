using System.Text.Json;

namespace Sallyport.Recording;

/// <summary>Writes a web recording as HAR 1.2 (the browsers' and tools' format for HTTP traces).</summary>
public static class HarExporter
{
    private const string NoOrigin = "http://asset.invalid";

    public static async Task ExportAsync(RecordingReader reader, Stream output, CancellationToken cancellationToken)
    {
        var header = reader.Header;
        var sockets = await SocketsAsync(reader, cancellationToken);
        await using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartObject("log");
        json.WriteString("version", "1.2");
        json.WriteStartObject("creator");
        json.WriteString("name", "Sallyport");
        json.WriteString("version", typeof(HarExporter).Assembly.GetName().Version?.ToString(3) ?? "0");
        json.WriteEndObject();
        json.WriteString("comment", $"{header.User.Name} on {header.Asset.Name}, {header.Plant.Name}: {header.Purpose}. Session {header.SessionId}. Secret fields are masked, cookies and credentials were never recorded.");
        json.WriteStartArray("entries");
        var origin = NoOrigin;
        var open = new Dictionary<long, (HttpBegun Begun, TimeSpan At)>();
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, cancellationToken))
        {
            switch (entry.Kind == RecordingEventKind.Http ? HttpTrace.Decode(entry.Payload.Span) : null)
            {
                case HttpTarget target:
                    origin = target.Origin;
                    break;
                case HttpBegun begun:
                    open[begun.N] = (begun, entry.At);
                    break;
                case HttpExchange exchange:
                    open.Remove(exchange.N);
                    var total = TimeSpan.FromMilliseconds(exchange.TotalMs);
                    HarEntry.Write(json, exchange, origin, header.StartedAt + (entry.At > total ? entry.At - total : TimeSpan.Zero), sockets.GetValueOrDefault(exchange.N), header.StartedAt);
                    break;
            }

            // A long session's trace is not kept in memory.
            await json.FlushAsync(cancellationToken);
        }

        foreach (var (begun, at) in open.Values)
        {
            var unfinished = new HttpExchange(begun.N, begun.Method, begun.Path, "HTTP/1.1", 0, 0, 0, 0, 0, new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal), Notes: ["The recording ends before its answer."]);
            HarEntry.Write(json, unfinished, origin, header.StartedAt + at, null, header.StartedAt);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }

    // A socket's exchange comes after its messages; they are few enough to be kept, since each is small in the recording.
    private static async Task<Dictionary<long, List<(TimeSpan At, HttpSocketMessage Message)>>> SocketsAsync(RecordingReader reader, CancellationToken cancellationToken)
    {
        var sockets = new Dictionary<long, List<(TimeSpan, HttpSocketMessage)>>();
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, cancellationToken))
        {
            if (entry.Kind == RecordingEventKind.Http && HttpTrace.Decode(entry.Payload.Span) is HttpSocketMessage message)
            {
                (sockets.TryGetValue(message.N, out var messages) ? messages : sockets[message.N] = []).Add((entry.At, message));
            }
        }

        return sockets;
    }
}
