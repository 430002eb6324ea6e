using System.Text.Json;
using Sallyport.Recording.Tests.Support;

namespace Sallyport.Recording.Tests;

public sealed class HarTests
{
    private static readonly Dictionary<string, string> Headers = new(StringComparer.Ordinal) { ["content-type"] = "text/html" };

    [Fact]
    public async Task Exchanges_and_messages_become_entries()
    {
        using var recording = new TestRecording();
        var entries = await ExportAsync(
            recording,
            new HttpTarget("https://panel-7", false, ["GET", "POST"], ["/"]),
            new HttpExchange(1, "GET", "/a%20b?x=1&y=%C3%BC&flag", "HTTP/2", 200, 12.5, 20.1, 0, 345, Headers, Headers),
            new HttpSocketOpened(2, "/live"),
            new HttpBegun(3, "POST", "/set"),
            new HttpSocketMessage(2, true, false, new HttpBody(4, Text: "tick")),
            new HttpSocketMessage(9, true, false, new HttpBody(4, Text: "of another socket")),
            new HttpSocketMessage(2, false, true, new HttpBody(2, Base64: "AAE=")),
            new HttpSocketMessage(2, false, true, new HttpBody(9000, Text: "ok", Truncated: true), Open: true),
            new HttpSocketMessageEnd(2, false, 9000, Unfinished: true),
            new HttpExchange(3, "POST", "/set", "HTTP/1.1", 204, 3, 4, 11, 0, Headers, NoHeaders, new HttpBody(11, "application/json", Text: "{\"a\":\"***\"}")),
            new HttpSocketClosed(2, 1000, 1, 1),
            new HttpExchange(2, "GET", "/live", "HTTP/1.1", 101, 5, 900, 0, 0, NoHeaders, NoHeaders),
            new HttpBegun(4, "DELETE", "/recipe/1"));

        Assert.Equal(["/a%20b?x=1&y=%C3%BC&flag", "/set", "/live", "/recipe/1"], entries.Select(e => e.GetProperty("request").GetProperty("url").GetString()!["https://panel-7".Length..]));
        Assert.Equal(["x=1", "y=ü", "flag="], entries[0].GetProperty("request").GetProperty("queryString").EnumerateArray().Select(q => $"{q.GetProperty("name").GetString()}={q.GetProperty("value").GetString()}"));
        Assert.Equal("{\"a\":\"***\"}", entries[1].GetProperty("request").GetProperty("postData").GetProperty("text").GetString());
        Assert.Equal(["receive 1 tick", "send 2 AAE=", "send 2 b2s="], entries[2].GetProperty("_webSocketMessages").EnumerateArray().Select(m => $"{m.GetProperty("type").GetString()} {m.GetProperty("opcode").GetInt32()} {m.GetProperty("data").GetString()}"));

        // Begun and never answered: a gateway that died in between leaves it.
        Assert.Equal((0, "The recording ends before its answer."), (entries[3].GetProperty("response").GetProperty("status").GetInt32(), entries[3].GetProperty("comment").GetString()));
    }

    [Fact]
    public async Task Times_add_up()
    {
        using var recording = new TestRecording();
        var entries = await ExportAsync(recording, new HttpExchange(1, "GET", "/", "HTTP/1.1", 200, 12.5, 20, 0, 0, NoHeaders, NoHeaders));
        var timings = entries[0].GetProperty("timings");
        Assert.Equal(entries[0].GetProperty("time").GetDouble(), timings.GetProperty("send").GetDouble() + timings.GetProperty("wait").GetDouble() + timings.GetProperty("receive").GetDouble(), 3);
        Assert.True(DateTimeOffset.Parse(entries[0].GetProperty("startedDateTime").GetString()!, System.Globalization.CultureInfo.InvariantCulture) >= DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task What_is_no_event_of_ours_is_passed_over()
    {
        using var recording = new TestRecording();
        await using (var writer = await recording.CreateAsync())
        {
            foreach (var payload in (string[])["", "{", "[]", "null", "{}", "{\"t\":\"later\"}", "{\"t\":\"exchange\"}", "{\"t\":\"exchange\",\"n\":\"x\"}", "{\"t\":\"message\",\"n\":1,\"body\":null}"])
            {
                await writer.WriteAsync(RecordingEventKind.Http, System.Text.Encoding.UTF8.GetBytes(payload), CancellationToken.None);
            }

            await writer.WriteAsync(RecordingEventKind.Output, "a terminal's"u8.ToArray(), CancellationToken.None);
            await writer.SealAsync("user", CancellationToken.None);
        }

        Assert.Empty(await ReadAsync(recording));
    }

    [Fact]
    public void An_event_reads_as_it_was_written()
    {
        var exchange = new HttpExchange(7, "PUT", "/ü?a=<b>", "HTTP/2", 500, 1.5, 2.5, 3, 4, new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal), new HttpBody(3, "text/plain", "aa", Text: "\"x\"", Truncated: true), "bb", ["one", "two"]);
        var read = Assert.IsType<HttpExchange>(HttpTrace.Decode(exchange.Encode()));
        Assert.Equal(JsonSerializer.Serialize(exchange), JsonSerializer.Serialize(read));
        Assert.StartsWith("{\"t\":\"exchange\",\"n\":7,", System.Text.Encoding.UTF8.GetString(exchange.Encode()), StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, string> NoHeaders = new(StringComparer.Ordinal);

    private static async Task<List<JsonElement>> ExportAsync(TestRecording recording, params HttpTrace[] traces)
    {
        await using (var writer = await recording.CreateAsync())
        {
            foreach (var trace in traces)
            {
                await writer.WriteAsync(RecordingEventKind.Http, trace.Encode(), CancellationToken.None);
            }

            await writer.SealAsync("user", CancellationToken.None);
        }

        return await ReadAsync(recording);
    }

    private static async Task<List<JsonElement>> ReadAsync(TestRecording recording)
    {
        await using var file = File.OpenRead(recording.Path);
        using var reader = await RecordingReader.OpenAsync(file, recording.KeyEncryptionKey, CancellationToken.None);
        using var output = new MemoryStream();
        await HarExporter.ExportAsync(reader, output, CancellationToken.None);
        using var document = JsonDocument.Parse(output.ToArray());
        return [.. document.RootElement.GetProperty("log").GetProperty("entries").EnumerateArray().Select(e => e.Clone())];
    }
}
