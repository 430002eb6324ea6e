using System.Text;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

/// <summary>What of a web recording somebody wants to see.</summary>
/// <param name="From">Moment in the recording, µs.</param>
/// <param name="Show">See <see cref="HttpTimeline"/>; null: requests.</param>
/// <param name="Status">First digit of the response's status; 0: was not answered.</param>
/// <param name="Text">In paths, bodies, messages and remarks; case does not matter.</param>
/// <param name="Limit">Rows at most, unless more happened in the same microsecond.</param>
internal sealed record HttpQuery(long From = 0, string? Show = null, string? Method = null, int? Status = null, string? Text = null, int Limit = 300);

/// <summary>One line of the time line. What an event does not have is absent.</summary>
/// <param name="At">µs since the start.</param>
/// <param name="T">The event's type, as in <see cref="HttpTrace"/>, or <c>marker</c>.</param>
/// <param name="N">Number of the exchange that it belongs to.</param>
internal sealed record HttpRow(
    long At,
    string T,
    long? N = null,
    string? Method = null,
    string? Path = null,
    int? Status = null,
    double? WaitMs = null,
    double? TotalMs = null,
    long? Sent = null,
    long? Received = null,
    bool? FromAsset = null,
    string? Text = null);

/// <param name="Next">Moment to go on from, µs; null: this was all.</param>
internal sealed record HttpPage(IReadOnlyList<HttpRow> Rows, long? Next);

/// <summary>A web recording as lines: requests, sockets, messages, and what happened to the session.</summary>
internal static class HttpTimeline
{
    /// <summary>Requests and sockets without their messages, and what happened to the session.</summary>
    public const string Requests = "requests";

    /// <summary>What can have changed the asset: changing requests and messages to it.</summary>
    public const string Changes = "changes";

    public const string Messages = "messages";
    public const string Everything = "everything";

    private const int MaxLimit = 1000;
    private const int MaxPreview = 160;

    public static async Task<HttpPage> ReadAsync(RecordingReader reader, HttpQuery query, CancellationToken cancellationToken)
    {
        var rows = new List<HttpRow>();
        var limit = Math.Clamp(query.Limit, 1, MaxLimit);
        await foreach (var entry in reader.ReadAsync(Moment(query.From), cancellationToken))
        {
            // Never cut within a microsecond: the next page begins at one.
            if (rows.Count >= limit && Microseconds(entry.At) != rows[^1].At)
            {
                return new HttpPage(rows, Microseconds(entry.At));
            }

            if (RowOf(entry, query) is { } row)
            {
                rows.Add(row);
            }
        }

        return new HttpPage(rows, null);
    }

    /// <summary>One event as it was recorded; null when there is none like it.</summary>
    public static async Task<ReadOnlyMemory<byte>?> FindAsync(RecordingReader reader, long at, string type, long number, CancellationToken cancellationToken)
    {
        await foreach (var entry in reader.ReadAsync(Moment(at), cancellationToken))
        {
            if (Microseconds(entry.At) != at)
            {
                return null;
            }

            if (entry.Kind == RecordingEventKind.Http && HttpTrace.Decode(entry.Payload.Span) is { } trace && Plain(trace, at) is { } row && row.T == type && (row.N ?? 0) == number)
            {
                return entry.Payload;
            }
        }

        return null;
    }

    private static HttpRow? RowOf(RecordingEvent entry, HttpQuery query)
    {
        var at = Microseconds(entry.At);
        if (entry.Kind == RecordingEventKind.Marker)
        {
            var text = Encoding.UTF8.GetString(entry.Payload.Span);
            return query is { Show: null or Requests or Everything, Method: null or "", Status: null } && Mentions(text, query.Text) ? new HttpRow(at, "marker", Text: text) : null;
        }

        return entry.Kind == RecordingEventKind.Http && HttpTrace.Decode(entry.Payload.Span) is { } trace && Plain(trace, at) is { } row && IsShown(row, query) && Mentions(Searched(trace), query.Text)
            ? row
            : null;
    }

    private static HttpRow? Plain(HttpTrace trace, long at) => trace switch
    {
        HttpTarget target => new HttpRow(at, "target", Text: target.Origin + (target.LegacyTls ? ", by old TLS" : "")),
        HttpBegun begun => new HttpRow(at, "begun", begun.N, begun.Method, begun.Path),
        HttpExchange exchange => new HttpRow(at, "exchange", exchange.N, exchange.Method, exchange.Path, exchange.Status, exchange.WaitMs, exchange.TotalMs, exchange.Sent, exchange.Received, Text: exchange.Notes is null ? null : Preview(string.Join(' ', exchange.Notes))),
        HttpSocketOpened opened => new HttpRow(at, "opened", opened.N, "GET", opened.Path, Text: opened.Protocol),
        HttpSocketMessage message => new HttpRow(at, "message", message.N, Sent: message.FromAsset ? null : message.Body.Length, Received: message.FromAsset ? message.Body.Length : null, FromAsset: message.FromAsset, Text: Preview(message.Body.Text ?? message.Body.Omitted ?? "binary")),
        HttpSocketMessageEnd end => new HttpRow(at, "messageEnd", end.N, Sent: end.FromAsset ? null : end.Length, Received: end.FromAsset ? end.Length : null, FromAsset: end.FromAsset, Text: end.Unfinished ? "The message never ended." : "End of the message."),
        HttpSocketClosed closed => new HttpRow(at, "closed", closed.N, Sent: closed.SentMessages, Received: closed.ReceivedMessages, Text: $"{closed.Code} {closed.Reason}".Trim()),
        _ => null,
    };

    private static bool IsShown(HttpRow row, HttpQuery query)
    {
        var shown = query.Show switch
        {
            Everything => true,
            Messages => row.T is "opened" or "message" or "messageEnd" or "closed",
            Changes => row is { T: "message" or "messageEnd", FromAsset: false } || (row.T is "begun" or "exchange" && row.Method is not ("GET" or "HEAD" or "OPTIONS")),
            _ => row.T is not ("message" or "messageEnd"),
        };
        return shown
            && (string.IsNullOrEmpty(query.Method) || string.Equals(row.Method, query.Method, StringComparison.OrdinalIgnoreCase))
            && (query.Status is null || (row.Status is { } status && status / 100 == query.Status));
    }

    private static string Searched(HttpTrace trace) => trace switch
    {
        HttpTarget target => target.Origin,
        HttpBegun begun => begun.Path,
        HttpExchange exchange => $"{exchange.Path} {exchange.Body?.Text} {string.Join(' ', exchange.Notes ?? [])}",
        HttpSocketOpened opened => opened.Path,
        HttpSocketMessage message => message.Body.Text ?? "",
        HttpSocketClosed closed => closed.Reason ?? "",
        _ => "",
    };

    private static bool Mentions(string text, string? wanted) => string.IsNullOrWhiteSpace(wanted) || text.Contains(wanted.Trim(), StringComparison.OrdinalIgnoreCase);

    private static string Preview(string text) => text.Length <= MaxPreview ? text : text[..MaxPreview] + "…";

    private static TimeSpan Moment(long microseconds) => TimeSpan.FromTicks(Math.Clamp(microseconds, 0, TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond) * TimeSpan.TicksPerMicrosecond);

    private static long Microseconds(TimeSpan at) => at.Ticks / TimeSpan.TicksPerMicrosecond;
}
