using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sallyport.Contracts.Signing;
using Sallyport.Portal.Audit;
using Sallyport.Portal.Data;
using Sallyport.Portal.Identity;
using Sallyport.Portal.Keys;
using Sallyport.Portal.Sessions;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

public sealed record RecordingListing(SessionRecording Recording, SessionListing Session, string ApprovedBy, string? ReleasedBy);

/// <summary>Finds, opens and checks recordings of the actor's tenant.</summary>
public sealed class RecordingLibrary(PortalDbFactory factory, KeyFolder keys, IOptions<PortalOptions> options, AuditLog audit)
{
    private const int PageSize = 100;

    public async Task<IReadOnlyList<RecordingListing>> FindAsync(Actor actor, string? text, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        var pattern = string.IsNullOrWhiteSpace(text) ? null : $"%{text.Trim().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
        return await Query(db)
            .Where(r => pattern == null
                || EF.Functions.ILike(r.Session.User, pattern)
                || EF.Functions.ILike(r.Session.Asset, pattern)
                || EF.Functions.ILike(r.Session.Plant, pattern)
                || EF.Functions.ILike(r.Session.Grant.Purpose, pattern))
            .OrderByDescending(r => r.Session.Session.CreatedAt)
            .Take(PageSize)
            .Select(r => new RecordingListing(r.Recording, r.Session, r.ApprovedBy, r.ReleasedBy))
            .ToListAsync(cancellationToken);
    }

    public async Task<RecordingListing?> GetAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        await using var db = factory.For(actor);
        return await Query(db).Where(r => r.Recording.SessionId == sessionId).Select(r => new RecordingListing(r.Recording, r.Session, r.ApprovedBy, r.ReleasedBy)).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>The caller disposes both. Null when the tenant has no such recording.</summary>
    /// <exception cref="RecordingException">The file is missing or cannot be read.</exception>
    public async Task<OpenRecording?> OpenAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        if (await GetAsync(actor, sessionId, cancellationToken) is not { } listing)
        {
            return null;
        }

        var file = OpenFile(listing.Recording.File);
        try
        {
            using var key = keys.Agreement("recordings");
            return new OpenRecording(listing, file, await RecordingReader.OpenAsync(file, key, cancellationToken));
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Checks the file against its own chain, the gateway's key, and the newest head that the gateway reported.</summary>
    public async Task<VerificationReport?> VerifyAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        if (await GetAsync(actor, sessionId, cancellationToken) is not { } listing)
        {
            return null;
        }

        VerificationReport report;
        try
        {
            await using var file = OpenFile(listing.Recording.File);
            using var gatewayKey = await GatewayKeyAsync(listing.Session.Session.GatewayId, cancellationToken);
            using var key = keys.Agreement("recordings");
            var reported = listing.Recording.HeadHash is { } hash ? new RecordingHead(listing.Recording.HeadChunk, hash, listing.Recording.HeadLength) : null;
            report = await RecordingVerifier.VerifyAsync(file, gatewayKey, reported, key, cancellationToken);
            if (report.Header is { } header && header.SessionId != sessionId)
            {
                report = report with { Verdict = Verdict.Broken, Findings = [new Finding(null, "This is another session's recording."), .. report.Findings] };
            }
        }
        catch (RecordingException e)
        {
            report = new VerificationReport(Verdict.Broken, null, 0, null, false, [new Finding(null, e.Message)]);
        }

        await audit.AppendAsync(
            AuditEvent.By(actor, AuditAction.RecordingVerified, "session", sessionId, Name(listing), report.Verdict == Verdict.Broken ? AuditResult.Failed : AuditResult.Success, $"{report.Verdict}. {string.Join(' ', report.Findings.Select(f => f.Message))}"),
            cancellationToken);
        return report;
    }

    public Task AuditAsync(Actor actor, AuditAction action, RecordingListing listing, CancellationToken cancellationToken, string? how = null) =>
        audit.AppendAsync(AuditEvent.By(actor, action, "session", listing.Recording.SessionId, Name(listing), reason: how), cancellationToken);

    private static string Name(RecordingListing listing) => $"{listing.Session.User} on {listing.Session.Service}, {listing.Session.Asset}, {listing.Session.Plant}";

    private FileStream OpenFile(string name)
    {
        // The name came from a gateway; whatever it says, nothing outside the store is opened.
        var store = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Value.RecordingStore)) + Path.DirectorySeparatorChar;
        var path = Path.GetFullPath(Path.Combine(store, name));
        if (!path.StartsWith(store, StringComparison.Ordinal))
        {
            throw new RecordingException("The recording's file name leads out of the recording store.");
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 64 * 1024, FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException($"The recording's file cannot be opened: {e.Message}", e);
        }
    }

    private async Task<ECDsa?> GatewayKeyAsync(Guid? gatewayId, CancellationToken cancellationToken)
    {
        await using var db = factory.ForSystem();
        var gateway = await db.Gateways.AsNoTracking().FirstOrDefaultAsync(g => g.Id == gatewayId, cancellationToken);
        return gateway is null ? null : new PublicKey(gateway.KeyId, gateway.Spki).Import();
    }

    private static IQueryable<Row> Query(PortalDb db) =>
        from recording in db.Recordings.AsNoTracking()
        join session in SessionListing.Query(db) on recording.SessionId equals session.Session.Id
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

        public required SessionListing Session { get; init; }

        public required string ApprovedBy { get; init; }

        public string? ReleasedBy { get; init; }
    }
}

/// <summary>A recording that is open for reading.</summary>
public sealed class OpenRecording(RecordingListing listing, FileStream file, RecordingReader reader) : IAsyncDisposable
{
    public RecordingListing Listing { get; } = listing;

    public RecordingReader Reader { get; } = reader;

    public async ValueTask DisposeAsync()
    {
        Reader.Dispose();
        await file.DisposeAsync();
    }
}
