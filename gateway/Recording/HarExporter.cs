using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sallyport.Recording;

/// <summary>Writes a web recording as HAR 1.2, the format of browsers and tools for HTTP traces. Needs memory for one exchange, however long the recording is.</summary>
public static class HarExporter
{
    private const string UnknownOrigin = "http://asset.invalid";
    private const int FlushAt = 64 * 1024;

    private static readonly Dictionary<string, string> NoHeaders = new(StringComparer.Ordinal);

    public static async Task ExportAsync(RecordingReader reader, Stream output, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        WriteHead(json, reader.Header);
        var origin = UnknownOrigin;
        var begun = new SortedDictionary<long, (HttpBegun Request, TimeSpan At)>();
        var sockets = new Dictionary<long, TimeSpan>();
        await foreach (var entry in reader.ReadAsync(TimeSpan.Zero, cancellationToken))
        {
            switch (entry.Kind == RecordingEventKind.Http ? HttpTrace.Decode(entry.Payload.Span) : null)
            {
                case HttpTarget target:
                    origin = target.Origin;
                    break;
                case HttpBegun request:
                    begun[request.N] = (request, entry.At);
                    break;
                case HttpSocketOpened socket:
                    sockets[socket.N] = entry.At;
                    break;
                case HttpExchange exchange:
                    begun.Remove(exchange.N);
                    var length = TimeSpan.FromMilliseconds(Math.Clamp(exchange.TotalMs, 0, entry.At.TotalMilliseconds));
                    HarEntry.Begin(json, exchange, origin, reader.Header.StartedAt + entry.At - length);
                    if (sockets.Remove(exchange.N, out var opened))
                    {
                        await WriteMessagesAsync(json, reader, exchange.N, opened, entry.At, cancellationToken);
                    }

                    json.WriteEndObject();
                    break;
            }

            await FlushAsync(json, cancellationToken);
        }

        foreach (var (request, at) in begun.Values)
        {
            HarEntry.Begin(json, new HttpExchange(request.N, request.Method, request.Path, "HTTP/1.1", 0, 0, 0, 0, 0, NoHeaders, NoHeaders, Notes: ["The recording ends before its answer."]), origin, reader.Header.StartedAt + at);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }

    private static void WriteHead(Utf8JsonWriter json, RecordingHeader header)
    {
        json.WriteStartObject();
        json.WriteStartObject("log");
        json.WriteString("version", "1.2");
        json.WriteStartObject("creator");
        json.WriteString("name", "Sallyport");
        json.WriteString("version", typeof(HarExporter).Assembly.GetName().Version?.ToString(3) ?? "0");
        json.WriteEndObject();
        json.WriteString("comment", $"{header.User.Name} on {header.Asset.Name}, {header.Plant.Name}: {header.Purpose}. Session {header.SessionId}. Secret fields are masked; cookies and credentials were not recorded.");
        json.WriteStartArray("entries");
    }

    // Read again between the socket's opening and its end: they lie among the events of others.
    private static async Task WriteMessagesAsync(Utf8JsonWriter json, RecordingReader reader, long number, TimeSpan opened, TimeSpan closed, CancellationToken cancellationToken)
    {
        json.WriteString("_resourceType", "websocket");
        json.WriteStartArray("_webSocketMessages");
        await foreach (var entry in reader.ReadAsync(opened, cancellationToken))
        {
            if (entry.At > closed)
            {
                break;
            }

            if (entry.Kind == RecordingEventKind.Http && HttpTrace.Decode(entry.Payload.Span) is HttpSocketMessage message && message.N == number)
            {
                HarEntry.Message(json, message, reader.Header.StartedAt + entry.At);
                await FlushAsync(json, cancellationToken);
            }
        }

        json.WriteEndArray();
    }

    private static async ValueTask FlushAsync(Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        if (json.BytesPending > FlushAt)
        {
            await json.FlushAsync(cancellationToken);
        }
    }
}
