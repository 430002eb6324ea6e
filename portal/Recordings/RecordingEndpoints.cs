using System.Buffers.Binary;
using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Recordings.Overview;
using Sallyport.Portal.Recordings.Pictures;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

/// <summary>What the player asks, and the downloads. Recordings are opened at the portal only: neither gateway nor browser has their key. What leaves it is in the audit log first.</summary>
internal static partial class RecordingEndpoints
{
    private const int ActivityBuckets = 200;
    private const double LatestMoment = 1e12;

    public static void Map(RouteGroupBuilder recording)
    {
        recording.MapGet("/info", InfoAsync);
        recording.MapGet("/activity", ActivityAsync);
        recording.MapGet("/thumbnails", ThumbnailsAsync);
        recording.MapGet("/events", EventsAsync);
        recording.MapGet("/typed", TypedAsync);
        recording.MapPost("/verify", VerifyAsync).RequirePageToken();
        recording.MapGet("/asciicast", AsciicastAsync);
        recording.MapGet("/http", HttpAsync);
        recording.MapGet("/http/{at:long}", HttpEventAsync);
        recording.MapGet("/har", HarAsync);
    }

    private static async Task<IResult> InfoAsync(HttpContext http, Guid id, RecordingLibrary library) => await WithRecordingAsync(http, id, library, open =>
    {
        var duration = Math.Max(open.Reader.Duration.TotalMicroseconds, 1);
        var (activity, input) = (new long[ActivityBuckets], new long[ActivityBuckets]);
        foreach (var chunk in open.Reader.Chunks)
        {
            // A chunk spans a second at most: its middle says well enough where it was.
            var at = (chunk.FirstMicroseconds + chunk.LastMicroseconds) / 2;
            var bucket = (int)Math.Min(ActivityBuckets - 1, at / duration * ActivityBuckets);
            activity[bucket] += chunk.OutputBytes;
            input[bucket] += chunk.InputBytes;
        }

        return Task.FromResult(Results.Json(new { durationMs = open.Reader.Duration.TotalMilliseconds, startedAt = open.Reader.Header.StartedAt, completeness = open.Reader.Completeness, activity, input }, LinkJson.Options));
    });

    // Of a screen: how much of it changed, which bytes do not tell, and what was pressed.
    private static async Task<IResult> ActivityAsync(HttpContext http, Guid id, RecordingLibrary library, ScreenOverviews overviews) => await WithRecordingAsync(http, id, library, async open =>
    {
        var activity = await overviews.ActivityAsync(open.Reader, ActivityBuckets, http.RequestAborted);
        return Results.Json(new { activity = activity.Change, input = activity.Input }, LinkJson.Options);
    });

    private static async Task<IResult> ThumbnailsAsync(HttpContext http, Guid id, RecordingLibrary library, ScreenOverviews overviews) => await WithRecordingAsync(http, id, library, async open =>
    {
        var sheet = await overviews.ThumbnailsAsync(open.Reader, http.RequestAborted);
        http.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(sheet, "image/webp");
    });

    // From the last snapshot before the one moment to the other, both in milliseconds.
    private static async Task<IResult> EventsAsync(HttpContext http, Guid id, RecordingLibrary library, double from = 0, double to = LatestMoment) => await WithRecordingAsync(http, id, library, open =>
    {
        var end = Moment(to);
        return WriteAsync(http, open.Reader.ReadFromSnapshotAsync(Moment(from), http.RequestAborted).TakeWhile(entry => entry.At <= end));
    });

    // What people did, and what happened to the session, without what was shown.
    private static async Task<IResult> TypedAsync(HttpContext http, Guid id, RecordingLibrary library) => await WithRecordingAsync(http, id, library, open =>
        WriteAsync(http, open.Reader.ReadAsync(TimeSpan.Zero, http.RequestAborted).Where(entry => entry.Kind is RecordingEventKind.Input or RecordingEventKind.MaskedInput or RecordingEventKind.Marker)));

    // Frames of [u64 µs since the start][u8 kind][u32 length][payload], little-endian.
    private static async Task<IResult> WriteAsync(HttpContext http, IAsyncEnumerable<RecordingEvent> events)
    {
        http.Response.ContentType = "application/octet-stream";
        http.Response.Headers.CacheControl = "no-store";
        var head = new byte[13];
        var writer = http.Response.BodyWriter;
        await foreach (var entry in events)
        {
            BinaryPrimitives.WriteInt64LittleEndian(head, (long)entry.At.TotalMicroseconds);
            head[8] = (byte)entry.Kind;
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(9), entry.Payload.Length);
            await writer.WriteAsync(head, http.RequestAborted);
            await writer.WriteAsync(entry.Payload, http.RequestAborted);
        }

        return Results.Empty;
    }

    private static TimeSpan Moment(double milliseconds) => TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, LatestMoment));

    private static async Task<IResult> VerifyAsync(HttpContext http, Guid id, RecordingLibrary library)
    {
        return await library.VerifyAsync(http.ToActor(), id, http.RequestAborted) is { } report
            ? Results.Json(new { verdict = report.Verdict, report.SignatureChecked, chunks = report.Chunks, findings = report.Findings.Select(f => f.Message) }, LinkJson.Options)
            : Results.NotFound();
    }

    private static Task<IResult> AsciicastAsync(HttpContext http, Guid id, RecordingLibrary library) =>
        ExportAsync(http, id, library, "application/x-asciicast", "cast", AsciicastExporter.ExportAsync);

    private static Task<IResult> HarAsync(HttpContext http, Guid id, RecordingLibrary library) =>
        ExportAsync(http, id, library, "application/json", "har", HarExporter.ExportAsync);

    private static async Task<IResult> ExportAsync(HttpContext http, Guid id, RecordingLibrary library, string type, string extension, Func<RecordingReader, Stream, CancellationToken, Task> export) =>
        await OpenAsync(http, id, library, async open =>
        {
            await library.AuditAsync(http.ToActor(), AuditAction.RecordingExported, open.Listing, http.RequestAborted, $"as {extension}");
            http.Response.ContentType = type;
            http.Response.Headers.ContentDisposition = $"attachment; filename=\"{open.Reader.Header.StartedAt:yyyy-MM-dd-HHmm}-{id}.{extension}\"";
            await export(open.Reader, http.Response.Body, http.RequestAborted);
            return Results.Empty;
        });

    private static async Task<IResult> HttpAsync(HttpContext http, Guid id, [AsParameters] HttpQuery query, RecordingLibrary library) => await WithRecordingAsync(http, id, library, async open =>
        Results.Json(await HttpTimeline.ReadAsync(open.Reader, query, http.RequestAborted), LinkJson.Options));

    // As it was recorded: the player shows all of it.
    private static async Task<IResult> HttpEventAsync(HttpContext http, Guid id, long at, string type, long number, RecordingLibrary library) => await WithRecordingAsync(http, id, library, async open =>
        await HttpTimeline.FindAsync(open.Reader, at, type, number, http.RequestAborted) is { } payload ? Results.Bytes(payload, "application/json") : Results.NotFound());

    private static Task<IResult> WithRecordingAsync(HttpContext http, Guid id, RecordingLibrary library, Func<OpenRecording, Task<IResult>> use) => OpenAsync(http, id, library, async open =>
    {
        await http.RequestServices.GetRequiredService<Replays>().GoOnAsync(http.ToActor(), open.Listing, http.RequestAborted);
        return await use(open);
    });

    private static async Task<IResult> OpenAsync(HttpContext http, Guid id, RecordingLibrary library, Func<OpenRecording, Task<IResult>> use)
    {
        try
        {
            await using var open = await library.OpenAsync(http.ToActor(), id, http.RequestAborted);
            return open is null ? Results.NotFound() : await use(open);
        }
        catch (Exception e) when (e is RecordingException or InvalidDataException or PictureException && !http.Response.HasStarted)
        {
            if (e is PictureException { InnerException: not null })
            {
                Log.NoPicture(http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(RecordingEndpoints)), id, e);
            }

            return PageProblems.Problem(e is ForeignRecordingException ? "foreign" : "unreadable", e.Message, StatusCodes.Status422UnprocessableEntity);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "No pictures could be made of the recording of session {Session}.")]
        public static partial void NoPicture(ILogger logger, Guid session, Exception exception);
    }
}
