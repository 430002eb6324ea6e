using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sallyport.Portal.Recordings;
using Sallyport.Recording;

namespace Sallyport.Portal.Tests.Recordings;

/// <summary>A web recording as reviewers read it.</summary>
public sealed class HttpTimelineTests : IAsyncLifetime
{
    private static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>(StringComparer.Ordinal);

    private readonly string _folder = Directory.CreateTempSubdirectory("sallyport-timeline").FullName;
    private readonly ECDsa _gatewayKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private FileStream? _file;
    private RecordingReader? _reader;

    public async Task InitializeAsync()
    {
        var party = new Party(Guid.NewGuid(), "Water station");
        var path = Path.Combine(_folder, "web.sprec");
        await using (var writer = await RecordingWriter.CreateAsync(
            path,
            new RecordingHeader(Guid.NewGuid(), Guid.NewGuid(), party, party, party, party, "web", party, "key", "Level too low", null, null, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1)),
            new RecordingRecipient("kek", Base64Url.EncodeToString(_key.ExportSubjectPublicKeyInfo())),
            _gatewayKey,
            TimeProvider.System,
            default))
        {
            HttpTrace[] traces =
            [
                new HttpTarget("https://192.168.10.40", true, ["GET"], ["/"], "00"),
                new HttpExchange(1, "GET", "/", "HTTP/1.1", 200, 5, 8, 0, 4000, NoHeaders, NoHeaders),
                new HttpSocketOpened(2, "/live", null),
                new HttpSocketMessage(2, true, false, new HttpBody(11, null, "00", "{\"level\":1}")),
                new HttpBegun(3, "POST", "/api/setpoint"),
                new HttpSocketMessage(2, false, false, new HttpBody(4, null, null, "stop"), Open: true),
                new HttpSocketMessageEnd(2, false, 9000, "00"),
                new HttpExchange(3, "POST", "/api/setpoint", "HTTP/1.1", 403, 5, 8, 17, 40, NoHeaders, NoHeaders, new HttpBody(17, "application/json", "00", "{\"setpoint\":175}"), Notes: ["Refused: read only."]),
                new HttpSocketClosed(2, 1001, 1, 1, "Going away"),
            ];
            foreach (var trace in traces)
            {
                await writer.WriteAsync(RecordingEventKind.Http, trace.Encode(), default);
            }

            await writer.WriteAsync(RecordingEventKind.Marker, Encoding.UTF8.GetBytes("Ended: You ended the session."), default);
            await writer.SealAsync("user", default);
        }

        _file = File.OpenRead(path);
        _reader = await RecordingReader.OpenAsync(_file, _key, default);
    }

    public async Task DisposeAsync()
    {
        _reader!.Dispose();
        await _file!.DisposeAsync();
        _gatewayKey.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(null, "target exchange opened begun exchange closed marker")]
    [InlineData("changes", "begun message messageEnd exchange")]
    [InlineData("messages", "opened message message messageEnd closed")]
    [InlineData("everything", "target exchange opened message begun message messageEnd exchange closed marker")]
    public async Task What_is_shown_can_be_chosen(string? show, string expected) => Assert.Equal(expected, await TypesAsync(new HttpQuery(Show: show)));

    [Fact]
    public async Task Method_status_and_text_are_filters()
    {
        Assert.Equal("begun exchange", await TypesAsync(new HttpQuery(Method: "post")));
        Assert.Equal("exchange", await TypesAsync(new HttpQuery(Status: 4)));
        Assert.Equal("exchange", await TypesAsync(new HttpQuery(Text: "\"SETPOINT\":175")));
        Assert.Equal("exchange", await TypesAsync(new HttpQuery(Text: "read only")));
        Assert.Equal("message", await TypesAsync(new HttpQuery(Show: "everything", Text: "stop")));
        Assert.Equal("marker", await TypesAsync(new HttpQuery(Text: "you ended")));
        Assert.Equal("", await TypesAsync(new HttpQuery(Text: "nowhere")));
    }

    [Fact]
    public async Task Pages_follow_one_another_without_gap_or_repetition()
    {
        var all = (await HttpTimeline.ReadAsync(_reader!, new HttpQuery(Show: "everything"), default)).Rows;
        var paged = new List<HttpRow>();
        for (long? next = 0; next is { } from;)
        {
            var page = await HttpTimeline.ReadAsync(_reader!, new HttpQuery(from, "everything", Limit: 2), default);
            paged.AddRange(page.Rows);
            next = page.Next;
        }

        Assert.Equal(all, paged);
    }

    [Fact]
    public async Task A_line_leads_to_what_was_recorded()
    {
        var row = (await HttpTimeline.ReadAsync(_reader!, new HttpQuery(Status: 4), default)).Rows.Single();
        var payload = await HttpTimeline.FindAsync(_reader!, row.At, row.T, row.N!.Value, default);
        var exchange = Assert.IsType<HttpExchange>(HttpTrace.Decode(payload!.Value.Span));
        Assert.Equal(("{\"setpoint\":175}", 403), (exchange.Body!.Text, exchange.Status));
        Assert.Null(await HttpTimeline.FindAsync(_reader!, row.At, "exchange", 99, default));
        Assert.Null(await HttpTimeline.FindAsync(_reader!, long.MaxValue, "exchange", 1, default));
    }

    private async Task<string> TypesAsync(HttpQuery query) => string.Join(' ', (await HttpTimeline.ReadAsync(_reader!, query, default)).Rows.Select(r => r.T));
}
