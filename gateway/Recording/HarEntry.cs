using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sallyport.Recording;

/// <summary>One <c>entry</c> of HAR 1.2. What a recording does not have is said to be unknown (-1), as the format asks.</summary>
internal static class HarEntry
{
    /// <summary>All but its closing brace, since a socket's messages may follow.</summary>
    public static void Begin(Utf8JsonWriter json, HttpExchange exchange, string origin, DateTimeOffset began)
    {
        json.WriteStartObject();
        json.WriteString("startedDateTime", began.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture));
        json.WriteNumber("time", exchange.TotalMs);
        WriteRequest(json, exchange, origin);
        WriteResponse(json, exchange);
        json.WriteStartObject("cache");
        json.WriteEndObject();
        json.WriteStartObject("timings");
        json.WriteNumber("send", 0);
        json.WriteNumber("wait", exchange.WaitMs);
        json.WriteNumber("receive", Math.Round(Math.Max(0, exchange.TotalMs - exchange.WaitMs), 1));
        json.WriteEndObject();
        if (exchange.Notes is { Count: > 0 } notes)
        {
            json.WriteString("comment", string.Join(' ', notes));
        }
    }

    /// <summary>The extension that Chromium writes and reads: opcode 1 is text, 2 binary as base64; time in seconds since 1970.</summary>
    public static void Message(Utf8JsonWriter json, HttpSocketMessage message, DateTimeOffset at)
    {
        json.WriteStartObject();
        json.WriteString("type", message.FromAsset ? "receive" : "send");
        json.WriteNumber("time", at.ToUnixTimeMilliseconds() / 1000.0);
        json.WriteNumber("opcode", message.Binary ? 2 : 1);
        json.WriteString("data", message.Binary && message.Body.Text is { } text ? Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) : message.Body.Text ?? message.Body.Base64 ?? message.Body.Omitted ?? "");
        json.WriteEndObject();
    }

    private static void WriteRequest(Utf8JsonWriter json, HttpExchange exchange, string origin)
    {
        json.WriteStartObject("request");
        json.WriteString("method", exchange.Method);
        json.WriteString("url", origin + exchange.Path);
        json.WriteString("httpVersion", exchange.Protocol);
        WriteHeaders(json, exchange.RequestHeaders);
        json.WriteStartArray("queryString");
        var question = exchange.Path.IndexOf('?', StringComparison.Ordinal);
        foreach (var pair in question < 0 ? [] : exchange.Path[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            json.WriteStartObject();
            json.WriteString("name", Unescaped(equals < 0 ? pair : pair[..equals]));
            json.WriteString("value", equals < 0 ? "" : Unescaped(pair[(equals + 1)..]));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (exchange.Body is { } body)
        {
            json.WriteStartObject("postData");
            json.WriteString("mimeType", body.Type ?? "");
            json.WriteString("text", body.Text ?? body.Base64 ?? "");
            var remark = string.Join(' ', new[] { body.Base64 is null ? null : "Base64.", body.Truncated ? $"Cut off; {body.Length} bytes were sent." : null, body.Omitted }.OfType<string>());
            if (remark.Length > 0)
            {
                json.WriteString("comment", remark);
            }

            json.WriteEndObject();
        }

        WriteSizes(json, exchange.Sent);
    }

    private static void WriteResponse(Utf8JsonWriter json, HttpExchange exchange)
    {
        json.WriteStartObject("response");
        json.WriteNumber("status", exchange.Status);
        json.WriteString("statusText", "");
        json.WriteString("httpVersion", exchange.Protocol);
        WriteHeaders(json, exchange.ResponseHeaders);
        json.WriteStartObject("content");
        json.WriteNumber("size", exchange.Received);
        json.WriteString("mimeType", exchange.ResponseHeaders.GetValueOrDefault("content-type", ""));
        if (exchange.Download is { } hash)
        {
            json.WriteString("comment", $"SHA-256 {hash}");
        }

        json.WriteEndObject();
        json.WriteString("redirectURL", exchange.ResponseHeaders.GetValueOrDefault("location", ""));
        WriteSizes(json, exchange.Received);
    }

    private static void WriteHeaders(Utf8JsonWriter json, IReadOnlyDictionary<string, string> headers)
    {
        json.WriteStartArray("cookies");
        json.WriteEndArray();
        json.WriteStartArray("headers");
        foreach (var (name, value) in headers)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSizes(Utf8JsonWriter json, long body)
    {
        json.WriteNumber("headersSize", -1);
        json.WriteNumber("bodySize", body);
        json.WriteEndObject();
    }

    private static string Unescaped(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
