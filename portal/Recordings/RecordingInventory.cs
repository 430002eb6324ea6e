using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Sallyport.Portal.Data;
using Sallyport.Portal.Sessions;
using Sallyport.Recording;

namespace Sallyport.Portal.Recordings;

/// <param name="Subject">The session's id where there is one, else the file.</param>
/// <param name="TenantId">Null for a file that nobody knows.</param>
/// <param name="Name">What people know it by.</param>
public sealed record InventoryLine(string Subject, Guid? TenantId, string Name, VerificationReport Report);

/// <summary>Everything that there is and everything that there should be, against one another: the library's rows, the store's files, and what the audit log remembers.</summary>
public sealed class RecordingInventory(PortalDbFactory factory, RecordingStore store, RecordingVerification verification, AuditedRecordingHeads heads)
{
    public async IAsyncEnumerable<InventoryLine> VerifyAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var remembered = new Dictionary<Guid, string>(await heads.SessionsAsync(cancellationToken));
        var unknown = store.Files().ToHashSet(StringComparer.Ordinal);
        await using var db = factory.ForSystem();
        var rows = await (from r in db.Recordings.AsNoTracking() join s in SessionSummary.Query(db) on r.SessionId equals s.Session.Id orderby s.Session.CreatedAt select new { Recording = r, Session = s }).ToListAsync(cancellationToken);
        foreach (var row in rows)
        {
            remembered.Remove(row.Recording.SessionId);
            unknown.Remove(row.Recording.File);
            yield return new InventoryLine(row.Recording.SessionId.ToString(), row.Recording.TenantId, RecordingLibrary.Name(row.Session), await verification.VerifyAsync(row.Recording, cancellationToken));
        }

        foreach (var file in unknown.Order(StringComparer.Ordinal))
        {
            if (await UnknownAsync(db, file, cancellationToken) is { } line)
            {
                yield return line;
            }
        }

        foreach (var (sessionId, name) in remembered.OrderBy(pair => pair.Key))
        {
            var tenantId = await db.Sessions.Where(s => s.Id == sessionId).Select(s => (Guid?)s.TenantId).FirstOrDefaultAsync(cancellationToken);
            yield return new InventoryLine(sessionId.ToString(), tenantId, name, RecordingVerification.Broken("The audit log knows this recording, and the library has lost it."));
        }
    }

    private async Task<InventoryLine?> UnknownAsync(PortalDb db, string name, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = store.Open(name);
            using var reader = await RecordingReader.OpenAsync(file, null, cancellationToken);

            // A gateway writes the file first and reports it a moment later.
            var id = reader.Header.SessionId;
            return await db.Sessions.AnyAsync(s => s.Id == id && s.State != SessionState.Ended, cancellationToken) && !await db.Recordings.AnyAsync(r => r.SessionId == id && r.File != name, cancellationToken)
                ? null
                : new InventoryLine(name, null, name, RecordingVerification.Broken("The library knows nothing of this file."));
        }
        catch (RecordingException e)
        {
            return new InventoryLine(name, null, name, RecordingVerification.Broken($"The library knows nothing of this file. {e.Message}"));
        }
    }
}
