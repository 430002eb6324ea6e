using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Sessions;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

public sealed record RecordingSummary(SessionRecording Recording, SessionSummary Session, string ApprovedBy, string? ReleasedBy);

/// <summary>Finds, opens and checks recordings of the actor's tenant.</summary>
public sealed class RecordingLibrary(PortalDbFactory factory, RecordingFiles files, RecordingVerification verification, AuditLog audit, RepeatedEntries repeated)
{
    private const int PageSize = 100;

    public async Task<IReadOnlyList<RecordingSummary>> FindAsync(Actor actor, string? text, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Compliance, cancellationToken);
        var pattern = string.IsNullOrWhiteSpace(text) ? null : $"%{text.Trim().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
        return await Query(db)
            .Where(r => pattern == null
                || EF.Functions.ILike(r.Session.User, pattern)
                || EF.Functions.ILike(r.Session.Asset, pattern)
                || EF.Functions.ILike(r.Session.Plant, pattern)
                || EF.Functions.ILike(r.Session.Grant.Purpose, pattern))
            .OrderByDescending(r => r.Session.Session.CreatedAt)
            .Take(PageSize)
            .Select(r => new RecordingSummary(r.Recording, r.Session, r.ApprovedBy, r.ReleasedBy))
            .ToListAsync(cancellationToken);
    }

    public async Task<RecordingSummary?> GetAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        await using var db = await factory.ForAsync(actor, Policies.Compliance, cancellationToken);
        return await Query(db).Where(r => r.Recording.SessionId == sessionId).Select(r => new RecordingSummary(r.Recording, r.Session, r.ApprovedBy, r.ReleasedBy)).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>The caller disposes both. Null when the tenant has no such recording.</summary>
    /// <exception cref="ForeignRecordingException">It is refused, and that is in the audit log.</exception>
    /// <exception cref="RecordingException">The file is missing or cannot be read.</exception>
    public async Task<OpenRecording?> OpenAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        if (await GetAsync(actor, sessionId, cancellationToken) is not { } listing)
        {
            return null;
        }

        try
        {
            var (file, reader) = await files.OpenAsync(listing.Recording, cancellationToken);
            return new OpenRecording(listing, file, reader);
        }
        catch (ForeignRecordingException e)
        {
            // A player asks for many parts of it.
            var entry = AuditEvent.By(actor, AuditAction.RecordingRefused, "session", sessionId, Name(listing), AuditResult.Refused, e.Message);
            await repeated.AppendAsync($"recording {sessionId} {actor.UserId}", entry, cancellationToken);
            throw;
        }
    }

    /// <summary>Checks the file against its own chain, the gateway's key, and the newest head that the audit log holds.</summary>
    public async Task<VerificationReport?> VerifyAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        if (await GetAsync(actor, sessionId, cancellationToken) is not { } listing)
        {
            return null;
        }

        var report = await verification.VerifyAsync(listing.Recording, cancellationToken);
        await audit.AppendAsync(
            AuditEvent.By(actor, AuditAction.RecordingVerified, "session", sessionId, Name(listing), report.Verdict == Verdict.Broken ? AuditResult.Failed : AuditResult.Success, $"{report.Verdict}. {string.Join(' ', report.Findings.Select(f => f.Message))}"),
            cancellationToken);
        return report;
    }

    public Task AuditAsync(Actor actor, AuditAction action, RecordingSummary listing, CancellationToken cancellationToken, string? how = null) =>
        audit.AppendAsync(AuditEvent.By(actor, action, "session", listing.Recording.SessionId, Name(listing), reason: how), cancellationToken);

    private static string Name(RecordingSummary listing) => Name(listing.Session);

    internal static string Name(SessionSummary session) => $"{session.User} on {session.Service}, {session.Asset}, {session.Plant}";

    private static IQueryable<Row> Query(PortalDb db) =>
        from recording in db.Recordings.AsNoTracking()
        join session in SessionSummary.Query(db) on recording.SessionId equals session.Session.Id
        join approver in db.People on session.Grant.ApprovedById equals approver.Id
        select new Row
        {
            Recording = recording,
            Session = session,
            ApprovedBy = approver.Name,
            ReleasedBy = (from release in db.Releases join u in db.People on release.OperatorId equals u.Id where release.SessionId == recording.SessionId select u.Name).FirstOrDefault(),
        };

    private sealed class Row
    {
        public required SessionRecording Recording { get; init; }

        public required SessionSummary Session { get; init; }

        public required string ApprovedBy { get; init; }

        public string? ReleasedBy { get; init; }
    }
}

/// <summary>A recording that is open for reading.</summary>
public sealed class OpenRecording(RecordingSummary listing, FileStream file, RecordingReader reader) : IAsyncDisposable
{
    public RecordingSummary Listing { get; } = listing;

    public RecordingReader Reader { get; } = reader;

    public async ValueTask DisposeAsync()
    {
        Reader.Dispose();
        await file.DisposeAsync();
    }
}
