using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Identity.SignIn;
using Sallyport.Portal.Plants;
using Sallyport.Portal.Recordings.Pictures;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings.Video;

/// <summary>
/// The videos that are asked for, made and kept: one for each recording, a few at once, the others waiting. They are this
/// portal's: another portal on the same database does not know of them.
/// </summary>
internal sealed partial class VideoExports(RecordingLibrary library, VideoFolder folder, IOptions<VideoOptions> options, TimeProvider time, ILogger<VideoExports> log) : BackgroundService, IEndsWithSignIn
{
    private const string NoFolder = "Videos cannot be made here: the portal has no folder for them. Its log says why.";
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Guid, VideoJob> _jobs = new();
    private readonly Channel<VideoJob> _waiting = Channel.CreateUnbounded<VideoJob>();
    private readonly Lock _starting = new();
    private volatile bool _ready;

    /// <summary>Null: nobody asked for one, or it is deleted.</summary>
    public VideoState? Find(Guid sessionId) => _jobs.TryGetValue(sessionId, out var job)
        ? job.State with { Ahead = job.State.Stage == VideoStage.Waiting ? _jobs.Values.Count(other => other != job && !other.IsOver && other.Order < job.Order) : 0 }
        : null;

    /// <summary>Where it lies when it is done.</summary>
    public string? FileOf(Guid sessionId) => _jobs.TryGetValue(sessionId, out var job) && job.State.Stage == VideoStage.Done ? job.File : null;

    /// <summary>In place of the one that there is, unless that is being made.</summary>
    public async Task<Outcome<VideoState>> StartAsync(Actor actor, RecordingSummary listing, bool skipIdle, CancellationToken cancellationToken)
    {
        if (!listing.Session.Kind.Info().HasPictures)
        {
            return "There is no picture in this recording to make a video of.";
        }

        cancellationToken.ThrowIfCancellationRequested();
        var taken = Take(actor, listing, skipIdle);
        if (taken.Value is not { } job)
        {
            return taken.Error!;
        }

        try
        {
            // From here on it has its place, whoever has hung up meanwhile.
            await library.AuditAsync(actor, AuditAction.RecordingExported, listing, CancellationToken.None, skipIdle ? "as video, idle time skipped" : "as video");
        }
        catch
        {
            End(job, VideoStage.Failed, "Nothing could be written into the audit log, and without that no video is made. Try again.");
            throw;
        }

        _waiting.Writer.TryWrite(job);
        return job.State;
    }

    public void Cancel(Guid sessionId)
    {
        if (_jobs.TryGetValue(sessionId, out var job) && !job.IsOver)
        {
            job.Cancelled.Cancel();
            if (job.State.Stage == VideoStage.Waiting)
            {
                End(job, VideoStage.Cancelled, null);
            }
        }
    }

    /// <summary>Those that are being made for who has no right to them any more.</summary>
    public Task EndAsync(EndedSignIn ended, CancellationToken cancellationToken)
    {
        foreach (var (sessionId, job) in _jobs)
        {
            if (ended.Covers(job.Actor.UserId, job.Actor.SignInId))
            {
                Cancel(sessionId);
            }
        }

        return Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            folder.Clear();
            _ready = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NoFolder(log, e);
            return;
        }

        await Task.WhenAll([SweepAsync(stoppingToken), .. Enumerable.Range(0, options.Value.AtOnce).Select(_ => WorkAsync(stoppingToken))]);
    }

    private async Task WorkAsync(CancellationToken stopping)
    {
        await foreach (var job in _waiting.Reader.ReadAllAsync(stopping))
        {
            await RunAsync(job, stopping);
        }
    }

    private async Task RunAsync(VideoJob job, CancellationToken stopping)
    {
        if (job.IsOver)
        {
            return;
        }

        using var limit = new CancellationTokenSource(options.Value.MaxTime, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stopping, job.Cancelled.Token, limit.Token);
        try
        {
            var remark = await MakeAsync(job, any.Token);
            End(job, VideoStage.Done, remark, new FileInfo(job.File).Length);
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
            End(job, limit.IsCancellationRequested ? VideoStage.Failed : VideoStage.Cancelled, limit.IsCancellationRequested ? $"It took longer than {options.Value.MaxTime:h\\:mm} hours, which is the most that this portal gives a video." : null);
        }
        catch (PictureException e)
        {
            Log.Failed(log, job.Listing.Recording.SessionId, e);
            End(job, VideoStage.Failed, e.Message);
        }
        catch (Exception e) when (e is RecordingException or InvalidDataException)
        {
            End(job, VideoStage.Failed, $"The recording is damaged, and no video is made of it. {e.Message}");
        }
        catch (Exception e)
        {
            // Whatever it was: the others that wait get their videos.
            Log.Failed(log, job.Listing.Recording.SessionId, e);
            End(job, VideoStage.Failed, "The video could not be made. The portal's log says why.");
        }
    }

    /// <returns>What to know of the video.</returns>
    private async Task<string?> MakeAsync(VideoJob job, CancellationToken cancellationToken)
    {
        var id = job.Listing.Recording.SessionId;
        job.Begin(VideoStage.Checking);
        var report = await library.VerifyAsync(job.Actor, id, cancellationToken) ?? throw new PictureException("The recording is gone.");
        if (report.Verdict == Verdict.Broken)
        {
            throw new PictureException($"The recording is damaged, and no video is made of it. {string.Join(' ', report.Findings.Select(f => f.Message))}");
        }

        await using var open = await library.OpenAsync(job.Actor, id, cancellationToken) ?? throw new PictureException("The recording is gone.");
        job.Begin(VideoStage.Making);
        await VideoMaker.MakeAsync(open.Reader, job.SkipIdle, job.Folder, options.Value, job.Progress, cancellationToken);
        return report.Verdict == Verdict.Interrupted ? "The recording has no end: it is still running, or the gateway was lost. The video ends where it did." : null;
    }

    private void End(VideoJob job, VideoStage stage, string? message, long bytes = 0)
    {
        if (stage != VideoStage.Done)
        {
            Delete(job);
        }

        job.End(stage, message, bytes, time.GetUtcNow() + options.Value.KeepFor);
    }

    private Outcome<VideoJob> Take(Actor actor, RecordingSummary listing, bool skipIdle)
    {
        lock (_starting)
        {
            if (!_ready)
            {
                return NoFolder;
            }

            if (_jobs.TryGetValue(listing.Recording.SessionId, out var old) && !old.IsOver)
            {
                return "A video of this recording is already being made.";
            }

            if (_jobs.Values.Count(job => !job.IsOver) >= options.Value.MaxWaiting + options.Value.AtOnce)
            {
                return "Too many videos are waiting to be made. Try again when some are done.";
            }

            if (old is not null)
            {
                Delete(old);
                old.Dispose();
            }

            return _jobs[listing.Recording.SessionId] = new VideoJob(actor, listing, skipIdle, folder.Create(), time);
        }
    }

    // What cannot be deleted now is at the next start; who makes and who sweeps go on.
    private void Delete(VideoJob job)
    {
        try
        {
            VideoFolder.Delete(job.Folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotDeleted(log, job.Folder, e);
        }
    }

    /// <summary>Deletes what has waited long enough.</summary>
    internal void DeleteOld()
    {
        foreach (var (id, job) in _jobs.Where(job => job.Value.State.DeletedAt < time.GetUtcNow()))
        {
            if (_jobs.TryRemove(new(id, job)))
            {
                Delete(job);
                job.Dispose();
            }
        }
    }

    private async Task SweepAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(SweepInterval, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            DeleteOld();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "No videos can be made: the folder for them cannot be used.")]
        public static partial void NoFolder(ILogger logger, Exception exception);

        [LoggerMessage(LogLevel.Error, "A video could not be deleted, and lies in clear in {Folder} until the portal starts again.")]
        public static partial void NotDeleted(ILogger logger, string folder, Exception exception);

        [LoggerMessage(LogLevel.Warning, "The video of session {Session} could not be made.")]
        public static partial void Failed(ILogger logger, Guid session, Exception exception);
    }
}
