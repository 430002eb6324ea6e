using Sallyport.Contracts.Links;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;

namespace Sallyport.Portal.Recordings.Video;

/// <summary>What the player asks to have a video made of the recording.</summary>
internal static class VideoEndpoints
{
    public static void Map(RouteGroupBuilder recording)
    {
        recording.MapGet("/video", StateAsync);
        recording.MapPost("/video", StartAsync).RequirePageToken();
        recording.MapPost("/video/cancel", CancelAsync).RequirePageToken();
        recording.MapGet("/video/file", FileAsync);
    }

    private static async Task<IResult> StateAsync(HttpContext http, Guid id, RecordingLibrary library, VideoExports videos) =>
        await library.GetAsync(http.ToActor(), id, http.RequestAborted) is null ? Results.NotFound() : Json(videos.Find(id));

    private static async Task<IResult> StartAsync(HttpContext http, Guid id, RecordingLibrary library, VideoExports videos, bool skipIdle = false)
    {
        if (await library.GetAsync(http.ToActor(), id, http.RequestAborted) is not { } listing)
        {
            return Results.NotFound();
        }

        var outcome = await videos.StartAsync(http.ToActor(), listing, skipIdle, http.RequestAborted);
        return outcome.Error is { } error ? PageProblems.Problem("refused", error) : Json(outcome.Value);
    }

    private static async Task<IResult> CancelAsync(HttpContext http, Guid id, RecordingLibrary library, VideoExports videos)
    {
        if (await library.GetAsync(http.ToActor(), id, http.RequestAborted) is null)
        {
            return Results.NotFound();
        }

        videos.Cancel(id);
        return Json(videos.Find(id));
    }

    private static async Task<IResult> FileAsync(HttpContext http, Guid id, RecordingLibrary library, VideoExports videos)
    {
        if (await library.GetAsync(http.ToActor(), id, http.RequestAborted) is not { } listing || videos.FileOf(id) is not { } file)
        {
            return Results.NotFound();
        }

        FileStream video;
        try
        {
            video = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024, FileOptions.Asynchronous);
        }
        catch (IOException)
        {
            // Deleted in this moment.
            return Results.NotFound();
        }

        await library.AuditAsync(http.ToActor(), AuditAction.RecordingExported, listing, http.RequestAborted, "video downloaded");
        http.Response.Headers.CacheControl = "no-store";
        return Results.File(video, "video/mp4", $"{listing.Session.Session.CreatedAt:yyyy-MM-dd-HHmm}-{id}.mp4", enableRangeProcessing: true);
    }

    private static IResult Json(VideoState? state) => Results.Json(new { video = state }, LinkJson.Options);
}
