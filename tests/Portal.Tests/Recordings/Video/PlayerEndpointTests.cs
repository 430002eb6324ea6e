using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sallyport.Contracts;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Recordings.Video;
using Sallyport.Portal.Tests.Support;
using Sallyport.Recording;
using Sallyport.Recording.Screen;
using Sallyport.Recording.Tests.Support;

namespace Sallyport.Portal.Tests.Recordings.Video;

/// <summary>What the player of a screen's recording is given, as its browser asks for it.</summary>
[Collection(PostgresCollection.Name)]
public sealed partial class PlayerEndpointTests(RecordedScreens screens) : IClassFixture<RecordedScreens>
{
    private const uint Red = 0xFFD04030;

    [Fact]
    public async Task A_video_is_asked_for_followed_and_downloaded()
    {
        var session = await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 80));
        using var browser = await screens.World.Portal.SignedInAsync(Role.Compliance);
        var page = await browser.Http.GetStringAsync(new Uri($"/recordings/{session}", UriKind.Relative));
        Assert.Contains("id=\"export\"", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(browser, $"/recordings/{session}/video", "wrong")).StatusCode);
        Assert.False((await StateAsync(browser, session)).TryGetProperty("video", out _));
        Assert.Equal(HttpStatusCode.NotFound, (await browser.Http.GetAsync(new Uri($"/recordings/{session}/video/file", UriKind.Relative))).StatusCode);

        var token = WebUtility.HtmlDecode(Token().Match(page).Groups["token"].Value);
        using var started = await PostAsync(browser, $"/recordings/{session}/video?skipIdle=true", token);
        Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        await screens.WhenAsync(session, state => state.Stage == VideoStage.Done);

        var state = (await StateAsync(browser, session)).GetProperty("video");
        Assert.Equal(("done", true), (state.GetProperty("stage").GetString(), state.GetProperty("skipIdle").GetBoolean()));
        using var video = await browser.Http.GetAsync(new Uri($"/recordings/{session}/video/file", UriKind.Relative));
        Assert.Equal(("video/mp4", "no-store"), (video.Content.Headers.ContentType!.MediaType, video.Headers.CacheControl!.ToString()));
        Assert.EndsWith(".mp4", video.Content.Headers.ContentDisposition!.FileName, StringComparison.Ordinal);
        Assert.Equal(state.GetProperty("bytes").GetInt64(), (await video.Content.ReadAsByteArrayAsync()).Length);
        Assert.Equal(
            ["as video, idle time skipped", "video downloaded"],
            (await screens.AuditAsync(AuditAction.RecordingExported, session)).OrderBy(entry => entry.Seq).Select(entry => entry.Body.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Another_company_s_reviewer_finds_nothing_of_it()
    {
        var session = await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 80));
        await screens.MakeAsync(session, skipIdle: true);
        using var stranger = await screens.World.Portal.StrangerAsync(Enum.GetValues<Role>());
        var token = await PortalBrowser.AntiforgeryTokenAsync(await stranger.OpenAsync("/"));

        foreach (var what in new[] { "video", "video/file", "thumbnails", "activity", "info", "events", "typed" })
        {
            Assert.Equal((what, HttpStatusCode.NotFound), (what, (await stranger.Http.GetAsync(new Uri($"/recordings/{session}/{what}", UriKind.Relative))).StatusCode));
        }

        foreach (var what in new[] { "video", "video/cancel", "verify" })
        {
            Assert.Equal((what, HttpStatusCode.NotFound), (what, (await PostAsync(stranger, $"/recordings/{session}/{what}", token)).StatusCode));
        }

        Assert.NotNull(screens.Videos.FileOf(session));
        Assert.Empty(await screens.AuditAsync(AuditAction.RecordingReplayed, session));
    }

    [Fact]
    public async Task Whoever_takes_parts_of_a_recording_without_opening_its_player_is_in_the_audit_log_once()
    {
        var session = await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 80));
        using var one = await screens.World.Portal.SignedInAsync(Role.Compliance);
        using var other = await screens.World.Portal.SignedInAsync(Role.Compliance);

        foreach (var what in new[] { "thumbnails", "events", "events", "info" })
        {
            Assert.Equal(HttpStatusCode.OK, (await one.Http.GetAsync(new Uri($"/recordings/{session}/{what}", UriKind.Relative))).StatusCode);
        }

        Assert.Single(await screens.AuditAsync(AuditAction.RecordingReplayed, session));
        await one.Http.GetStringAsync(new Uri($"/recordings/{session}", UriKind.Relative));
        await one.Http.GetAsync(new Uri($"/recordings/{session}/typed", UriKind.Relative));
        Assert.Equal(2, (await screens.AuditAsync(AuditAction.RecordingReplayed, session)).Count);
        await other.Http.GetAsync(new Uri($"/recordings/{session}/events", UriKind.Relative));

        var entries = await screens.AuditAsync(AuditAction.RecordingReplayed, session);
        Assert.Equal((3, 2), (entries.Count, entries.Select(entry => entry.Field("actorId")).Distinct(StringComparer.Ordinal).Count()));
    }

    [Fact]
    public async Task Why_there_are_no_thumbnails_is_in_the_log()
    {
        var session = await screens.RecordAsync(script => script.At(1).ResizeAsync(100, 80));
        using var browser = await screens.World.Portal.SignedInAsync(Role.Compliance);
        var path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", "/nonexistent");
        try
        {
            using var answer = await browser.Http.GetAsync(new Uri($"/recordings/{session}/thumbnails", UriKind.Relative));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }

        var line = Assert.Single(screens.World.Portal.Log, line => line.Contains($"No pictures could be made of the recording of session {session}", StringComparison.Ordinal));
        Assert.Contains("Win32Exception", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thumbnails_show_the_moments_of_their_part_of_the_time()
    {
        var session = await screens.RecordAsync(async script =>
        {
            await script.At(0).ResizeAsync(320, 200);
            await script.At(30).FillAsync(new ScreenRect(0, 0, 320, 200), Red);
            await script.At(60).WriteAsync(RecordingEventKind.Marker, "ended"u8.ToArray());
        });
        using var browser = await screens.World.Portal.SignedInAsync(Role.Compliance);

        using var answer = await browser.Http.GetAsync(new Uri($"/recordings/{session}/thumbnails", UriKind.Relative));

        Assert.Equal(("image/webp", "no-store"), (answer.Content.Headers.ContentType!.MediaType, answer.Headers.CacheControl!.ToString()));
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, await answer.Content.ReadAsByteArrayAsync());
            var (width, height, _, codec) = await VideoFile.ProbeAsync(file);
            Assert.Equal((1600, 600, "webp"), (width, height, codec));
            var sheet = new VideoFile.Picture(width, height, await VideoFile.RunAsync("ffmpeg", "-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"));
            sheet.Shows(ScreenScript.Background, 80, 50);
            sheet.Shows(ScreenScript.Background, 1520, 250);
            sheet.Shows(Red, 80, 350);
            sheet.Shows(Red, 1520, 550);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Activity_says_where_the_screen_changed_and_where_something_was_pressed()
    {
        var session = await screens.RecordAsync(async script =>
        {
            await script.At(0).ResizeAsync(100, 100);
            await script.At(100).FillAsync(new ScreenRect(0, 0, 100, 100), Red);
            await script.At(150).ClickAsync(5, 5);
            await script.At(200).WriteAsync(RecordingEventKind.Marker, "ended"u8.ToArray());
        });
        using var browser = await screens.World.Portal.SignedInAsync(Role.Compliance);

        var activity = await browser.Http.GetFromJsonAsync<JsonElement>(new Uri($"/recordings/{session}/activity", UriKind.Relative));

        Assert.Equal([100], Where(activity.GetProperty("activity")));
        Assert.Equal([150], Where(activity.GetProperty("input")));
    }

    [Theory]
    [InlineData("thumbnails")]
    [InlineData("activity")]
    public async Task A_terminal_has_no_thumbnails_and_nonsense_is_called_so(string what)
    {
        using var browser = await screens.World.Portal.SignedInAsync(Role.Compliance);
        var terminal = await screens.RecordAsync(async script => await script.At(1).WriteAsync(RecordingEventKind.Snapshot, "hello"u8.ToArray()), ServiceKind.Ssh);
        var spoilt = await screens.RecordAsync(async script => await script.At(1).WriteAsync(RecordingEventKind.Snapshot, [9, 9, 9]));

        foreach (var session in new[] { terminal, spoilt })
        {
            using var answer = await browser.Http.GetAsync(new Uri($"/recordings/{session}/{what}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.NotEmpty((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!);
        }
    }

    private static IEnumerable<int> Where(JsonElement values) => values.EnumerateArray().Select((value, i) => (value, i)).Where(part => part.value.GetDouble() > 0).Select(part => part.i);

    private static Task<JsonElement> StateAsync(PortalBrowser browser, Guid session) => browser.Http.GetFromJsonAsync<JsonElement>(new Uri($"/recordings/{session}/video", UriKind.Relative));

    private static async Task<HttpResponseMessage> PostAsync(PortalBrowser browser, string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("RequestVerificationToken", token);
        return await browser.Http.SendAsync(request);
    }

    [GeneratedRegex("data-antiforgery=\"(?<token>[^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Token();
}
